"""The data set of this report."""

import numpy as np
import pytest

from small_report import REPOSITORY
from vae_report.data import load_dataset
from vae_report.settings import load_settings


def test_the_real_set_is_the_published_one():
    published = load_settings(REPOSITORY / "report.toml").data
    system = published.sources.system
    if not system.is_dir():
        pytest.skip(f"the real data set is not at {system}")
    dataset = load_dataset(published, system)
    assert dataset.verified
    assert dataset.digest == published.sha256.canonical
    assert dataset.train_images.shape == (54_000, 784)
    assert dataset.validation_images.shape == (6_000, 784)
    labels = np.concatenate([dataset.train_labels, dataset.validation_labels])
    assert np.bincount(labels).tolist() == [6_000] * 10
    assert np.bincount(dataset.test_labels).tolist() == [1_000] * 10
