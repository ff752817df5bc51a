"""Pages: read a number, paint it. Arithmetic lives in models, digits in format.py."""
