"""The claims of this report: each a sentence, and a function that decides it."""
