"""Learning from the tape: probes, labels, honest marks, and what may be shown of them."""
