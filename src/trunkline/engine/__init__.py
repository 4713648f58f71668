"""Where core meets edge: render, compare, plan, sync."""
