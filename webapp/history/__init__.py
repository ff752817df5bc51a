"""The two halves of the History page: saved estimates, and cost series."""
