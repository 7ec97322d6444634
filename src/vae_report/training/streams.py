"""Independent streams of random numbers, one for each purpose of each seed."""

import hashlib

import torch


def stream_seed(seed: int, purpose: str) -> int:
    """Derive the seed of a separate generator from a seed and a purpose.

    Args:
        seed: The seed of the run.
        purpose: The name of what is drawn, such as "order" or "training noise".

    Returns:
        A number from 0 to 2^63 - 1, independent of those for other seeds or purposes.
    """
    digest = hashlib.sha256(f"{seed}: {purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def stream(seed: int, purpose: str) -> torch.Generator:
    """Make a seed's generator for one purpose, on the CPU."""
    return torch.Generator().manual_seed(stream_seed(seed, purpose))
