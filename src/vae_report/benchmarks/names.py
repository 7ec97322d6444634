"""What alternatives are called, and the aim of one: whoever names them need not import them."""

PRODUCTS = "matrix products alone"
FAST = "fast step"
PLAIN = "plain step"
RECIPE = "usual recipe"

BATCHED = "many images at once"
LOOP = "one image after the other"

TARGET = 265.8
"""Validation loss that is good enough, in nats per image, decoding the mean."""
