"""This report: its figure and its claim."""
