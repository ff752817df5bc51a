"""Running volatility: update with a mid, get per square root of a day."""
