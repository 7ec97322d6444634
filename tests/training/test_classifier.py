"""The classifier learns classes, and always in the same way."""

import numpy as np
import pytest
import torch
from safetensors.torch import save

from small_report import CLASSES, shapes
from vae_report.data import Dataset
from vae_report.measurements.judge import Judge, classifier_metrics
from vae_report.settings import ClassifierSettings
from vae_report.training.classifier import outliers, train_classifier

SETTINGS = ClassifierSettings(
    channels=(8, 16), features=32, epochs=8, batch_size=50, learning_rate=1e-2, seed=0
)
TRAIN, TEST = shapes(500), shapes(200, seed=1)


def trained(**changes):
    images, labels = map(torch.from_numpy, TRAIN)
    return train_classifier(SETTINGS.model_copy(update=changes), images, labels, CLASSES)


@pytest.fixture(scope="module")
def once():
    return trained()


def dataset():
    splits = {
        f"{split}_{kind}": array
        for split, arrays in (("train", TRAIN), ("validation", TEST), ("test", TEST))
        for kind, array in zip(("images", "labels"), arrays, strict=True)
    }
    classes = tuple("ABCDEFGHIJ")
    return Dataset("", classes, **splits, source="", digest="", verified=False)


def test_it_learns_shapes(once):
    judge = Judge.of(SETTINGS, save(once[0].state_dict()), dataset(), "cpu")
    found = classifier_metrics(judge)
    assert found["accuracy"] > 0.9
    assert np.mean(found["recall"]) == pytest.approx(found["accuracy"])
    assert found["parameters"] == sum(each.numel() for each in once[0].parameters())
    assert judge.real_features.shape == (200, 32)


def test_the_history_has_a_row_an_epoch(once):
    history = once[1]
    assert history["epoch"].tolist() == list(range(1, 9))
    assert history["loss"].iloc[-1] < history["loss"].iloc[0] / 2
    assert (history["seconds"] > 0).all()


def test_the_seed_decides_every_byte(once):
    assert save(trained()[0].state_dict()) == save(once[0].state_dict())
    assert save(trained(seed=1)[0].state_dict()) != save(once[0].state_dict())


def test_it_doubts_what_it_was_never_shown(once):
    shown, real = (torch.from_numpy(images) / 255 for images, _ in (TRAIN, TEST))
    draws = torch.randn(real.shape, generator=torch.Generator().manual_seed(0))
    noise = (shown.mean(dim=0) + shown.std(dim=0) * draws).clamp(0, 1)
    # Without outliers it gives the negatives and the noise more than half.
    for images, least, most in ((real, 0.7, 1), (noise, 0.1, 0.3), (1 - real, 0.1, 0.3)):
        with torch.inference_mode():
            confidence = once[0](images).softmax(dim=1).amax(dim=1).mean()
        assert least < confidence < most


@pytest.mark.parametrize(("side", "channels"), [(8, (8, 16, 32, 64)), (9, (4,)), (64, (4, 8, 16))])
def test_it_learns_shapes_of_any_size(side, channels):
    images, labels = map(torch.from_numpy, shapes(300, side=side, classes=5))
    model, _ = train_classifier(
        SETTINGS.model_copy(update={"channels": channels}), images, labels, 5
    )
    with torch.inference_mode():
        found = model(images / 255).argmax(dim=1)
    assert (found == labels).float().mean() > 0.6


@pytest.mark.parametrize("count", [1, 8, 20])
@pytest.mark.parametrize("side", [28, 9])
def test_outliers_are_collages_and_shuffled_images(count, side):
    images = torch.from_numpy(shapes(count, side=side)[0]) / 255 + torch.arange(count)[:, None]
    found = outliers(images, torch.Generator().manual_seed(0))
    first = torch.arange(0, count, 8)[:, None]
    collages, shuffled = found[: len(first)], found[len(first) :]
    # Of which image a pixel is; a bright one counts as the next image's.
    origins = collages.floor().view(-1, side, side)
    middle = side // 2
    for number, quadrant in enumerate(
        half
        for rows in (origins[:, :middle], origins[:, middle:])
        for half in (rows[:, :, :middle], rows[:, :, middle:])
    ):
        least = quadrant.flatten(start_dim=1).amin(dim=1, keepdim=True)
        assert torch.equal(least, (first - number) % count)
    assert torch.equal(shuffled.sort(dim=1).values, images[1::8].sort(dim=1).values)
    assert not (shuffled == images[1::8]).all(dim=1).any()


def test_each_epoch_is_told():
    told = []
    images, labels = (torch.from_numpy(array[:20]) for array in TRAIN)
    settings = SETTINGS.model_copy(update={"epochs": 2})
    model, _ = train_classifier(settings, images, labels, CLASSES, told.append)
    assert told == [1, 2]
    assert not model.training
