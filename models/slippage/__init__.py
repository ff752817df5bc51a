"""Distance of the fill from the arrival price, in one number."""
