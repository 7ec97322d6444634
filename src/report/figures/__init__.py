"""The figures of this report: each is a function of the results."""
