"""When to trade: slices, trajectories, what they cost and what they risk."""
