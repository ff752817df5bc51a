"""Orders that were never sent, followed to their end; what is learned from them."""
