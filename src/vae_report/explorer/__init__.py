"""What the latent explorer loads, written by the build for the reader's browser."""
