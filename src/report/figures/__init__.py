"""The figures of this report: each a function of the results."""
