"""The claims of this report: each is a sentence with a function that decides it."""
