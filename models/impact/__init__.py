"""Market impact: how far our own trading moves the price."""
