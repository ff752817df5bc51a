"""Learning while the tape runs: probing on the event loop, teaching off it."""
