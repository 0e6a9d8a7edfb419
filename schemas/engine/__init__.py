"""The schema engine: read places of two documents into normal form, compare them pair by pair, report each edit once."""
