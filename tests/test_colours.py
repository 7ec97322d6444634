"""The colours of the report, for readers of every kind of colour vision."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from skimage.color import deltaE_ciede2000, rgb2lab

from vae_report.colours import PALETTES

REPOSITORY = Path(__file__).parents[1]

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
VISION = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("vision", VISION)
def test_ten_colours_differ_for_every_kind_of_colour_vision(theme, vision):
    colours = _linear(_palette(theme)) @ VISION[vision].T
    seen = rgb2lab(_encoded(np.clip(colours, 0, 1)))
    assert len(seen) == 10
    assert min(deltaE_ciede2000(*pair) for pair in combinations(seen, 2)) >= 12


@pytest.mark.parametrize("theme", PALETTES)
def test_ten_colours_stand_out_from_the_page(theme):
    luminance = [0.2126, 0.7152, 0.0722]
    page = _linear(np.array(to_rgb(PALETTES[theme].page["paper"]))) @ luminance
    inks = _linear(_palette(theme)) @ luminance
    contrasts = (np.maximum(inks, page) + 0.05) / (np.minimum(inks, page) + 0.05)
    assert contrasts.min() >= 3


def test_light_and_dark_name_the_same_colours():
    assert list(PALETTES["light"].page) == list(PALETTES["dark"].page)


def test_no_style_sheet_has_a_colour_of_its_own():
    sheets = list(REPOSITORY.glob("assets/**/*.css"))
    assert len(sheets) >= 9
    for sheet in sheets:
        without_icons = re.sub(r"url\('.*?'\)", "", sheet.read_text(encoding="utf-8"))
        assert not re.findall(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(", without_icons), sheet


def _palette(theme):
    return np.array([to_rgb(colour) for colour in PALETTES[theme].classes])


def _linear(encoded):
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encoded(linear):
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
