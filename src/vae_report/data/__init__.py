"""The data set: found, fetched if need be, verified, and divided."""

from vae_report.data.dataset import Dataset, load_dataset

__all__ = ["Dataset", "load_dataset"]
