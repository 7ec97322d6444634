"""Makes what is stale, here or elsewhere; knows no torch, no model and no site."""
