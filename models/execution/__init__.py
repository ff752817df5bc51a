"""How an order is carried out: one order type a file, its fields are its parameters."""
