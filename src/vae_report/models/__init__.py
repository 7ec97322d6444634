"""The models, their likelihoods and the terms of their loss."""
