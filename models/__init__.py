"""Numbers from numbers: no clock, no file, no socket; the same input gives the same output."""
