"""The stages of a build: what is made from what, and by what."""
