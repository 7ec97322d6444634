"""A report about nothing, by which the generator is tested."""
