"""Measurements of finished runs: each a pure function of a model and images."""
