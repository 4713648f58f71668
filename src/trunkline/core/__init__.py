"""Values and what follows from them: no await, no open, no clock, no environment."""
