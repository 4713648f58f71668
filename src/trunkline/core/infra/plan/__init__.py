"""A unit's plan as a value: what the program would do, masked, and what follows from it."""
