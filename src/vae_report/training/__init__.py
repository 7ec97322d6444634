"""Training: the loop, the step with a gradient written by hand, and stacked runs."""
