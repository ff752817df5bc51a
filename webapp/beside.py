"""What is known of one ticket of several in a tab."""

from dataclasses import dataclass

from models.base import CostEstimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One ticket of several, as it stands now."""

    number: int
    is_on_desk: bool
    side: str
    what: str
    estimate: CostEstimate | None
    why: str
    """Why there is no number."""
