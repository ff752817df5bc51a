"""Sweeps at work: books sampled, chunks priced by worker processes, results asked and kept."""
