"""The four views of the Performance page; each paints itself when asked."""
