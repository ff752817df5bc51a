"""Speed, measured beside what others do with the same bytes: `make bench`."""
