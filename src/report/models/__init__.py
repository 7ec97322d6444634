"""Models of this report, besides those of the generator: each a class under `@model`."""
