"""Training: the loop, the step written out by hand, runs that are trained together."""
