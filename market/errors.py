"""Whose fault it is decides the family: the user's order, or nobody's (wait for the book)."""


class OrderError(ValueError):
    """The user asked for what cannot be. Names the field and the allowed range."""

    def __init__(self, field: str, problem: str, allowed: str = "") -> None:
        self.field = field
        self.problem = problem
        self.allowed = allowed
        super().__init__(f"{field}: {problem}" + (f" (allowed: {allowed})" if allowed else ""))


class BookNotReady(Exception):
    """No price can stand on this book now; `reason` is written for the user."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NotKept(Exception):
    """What should outlive the process cannot be kept, or read back, now; the text is for users."""
