"""A report on variational autoencoders in which every number is measured by the build."""
