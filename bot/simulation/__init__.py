"""A year of synthetic women on a simulated clock, through the simulator channel and the real service."""
