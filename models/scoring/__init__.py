"""How good was what we said? Metrics of probabilities and of quotes; pure, running, bounded."""
