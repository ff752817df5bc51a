"""The Sweeps page: what is declared, what runs, and what came of it."""
