"""Speed, measured beside what others do with the same bytes. `python -m benchmarks`, or `make bench`."""
