"""What rows of a table are made of."""

Head = tuple[str, str]
"""Title and look of a column; the last column holds the actions."""
Cell = tuple[str, str, str]
"""Text, look, and a line under it."""
Action = tuple[str, str]
"""Name and label of a button."""
Row = tuple[str, tuple[Cell, ...], tuple[Action, ...]]
"""Key, cells, buttons."""

NUMBER = "is-number"
EMPTY: Cell = ("–", "", "")
"""Nothing is known."""
