"""The views of the Models page, and those of the Analysis page; each paints itself when asked."""
