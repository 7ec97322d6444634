"""The names of parts and alternatives, and a target, for use without importing the parts."""

SECTIONS = ("step", "quality", "processes", "evaluation", "builds", "memory", "growth")
"""Modules of this package, each with a function `measure`."""

PRODUCTS = "matrix products alone"
FAST = "fast step"
PLAIN = "plain step"
RECIPE = "usual recipe"

BATCHED = "many images at once"
LOOP = "one image after the other"

TARGET = 265.8
"""Validation loss that is good enough, in nats per image, decoding the mean."""
