"""Owns live state and runs the work; never a page, never a database."""
