"""Measurements of this report, besides those of the generator: each a function of a run."""
