"""Makes what is missing, here or elsewhere, without knowledge of torch, models or the site."""
