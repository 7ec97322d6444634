"""Independent streams of random numbers, one for each purpose of each seed."""

import hashlib

import torch


def stream_seed(seed: int, purpose: str) -> int:
    """Turn a seed and what is drawn into the seed of a generator of its own.

    Args:
        seed: of the run.
        purpose: what is drawn, such as "order" or "training noise".

    Returns:
        A number from 0 to 2^63 - 1; streams of other seeds or purposes share nothing with it.
    """
    digest = hashlib.sha256(f"{seed}: {purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def stream(seed: int, purpose: str) -> torch.Generator:
    """Make the generator of a seed's draws for one purpose, on the CPU."""
    return torch.Generator().manual_seed(stream_seed(seed, purpose))
