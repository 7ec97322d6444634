"""The data set: found, fetched where it must be, verified, and divided."""

from vae_report.data.dataset import Dataset, load_dataset

__all__ = ["Dataset", "load_dataset"]
