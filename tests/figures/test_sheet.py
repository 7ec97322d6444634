"""Sheets of images of every size: as large as can be seen, in whole device pixels."""

import numpy as np
import pytest

from vae_report.figures.sheet import Panel, sheet
from vae_report.figures.themes import DENSITY, WIDTH


def drawn_side(figure, columns):
    """The CSS pixels that an image of a sheet takes a side."""
    [axes] = figure.axes
    scale = axes.get_position().width * figure.get_figwidth() * 96 / mosaic(figure).shape[1]
    return scale, scale * (mosaic(figure).shape[1] - columns + 1) / columns


def mosaic(figure):
    return figure.axes[0].images[0].get_array()


@pytest.mark.parametrize("side", range(8, 65))
def test_images_of_any_size_are_large_enough_and_their_pixels_alike(side):
    figure = sheet([Panel(np.zeros((2, 5, side**2)), heads=[])])
    scale, drawn = drawn_side(figure, 5)
    assert 38 <= drawn <= 64
    assert scale * DENSITY == pytest.approx(round(scale * DENSITY))
    wide = sheet([Panel(np.zeros((1, 13, side**2)), heads=[])])
    assert wide.get_figwidth() * 96 <= WIDTH


def test_a_small_image_keeps_its_pixels():
    images = np.random.default_rng(0).random((1, 1, 64))
    shown = mosaic(sheet([Panel(images, heads=[])]))
    assert shown.shape == (32, 32)
    assert np.array_equal(shown, np.kron(images.reshape(8, 8), np.ones((4, 4))))
