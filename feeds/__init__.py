"""Venue bytes -> our events. I/O lives in connection.py, rest.py, replay.py and synthetic/ only."""
