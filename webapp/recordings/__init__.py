"""The parts of the Recordings page, one panel a file."""
