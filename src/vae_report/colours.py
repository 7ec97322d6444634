"""The colours of the report's figures and pages, for the light and the dark theme."""

from collections.abc import Mapping
from typing import NamedTuple


class Palette(NamedTuple):
    """The colours of one theme, as CSS writes them.

    Attributes:
        page: The colours of the pages by name; `ink` is `--report-ink` in style sheets.
        text: The colour of text in figures.
        grid: The colour of grid lines in figures.
        classes: The ten colours of classes and runs; the third is `--class-2` in style sheets.
    """

    page: Mapping[str, str]
    text: str
    grid: str
    classes: tuple[str, ...]


# Figures have the background of their page, `paper`. The ten colours have a contrast of 3:1 to it,
# and differ from each other by 12 in CIEDE2000, for every kind of colour vision.
PALETTES: Mapping[str, Palette] = {
    "light": Palette(
        page={
            "paper": "#ffffff",
            "raised": "#f5f6f8",
            "line": "#dde1e6",
            "ink": "#1f2733",
            "quiet": "#566070",
            "accent": "#24518f",
            "warning": "#8a4b08",
            "warning-paper": "#fdf3e1",
            "supported": "#1b6a3c",
            "contradicted": "#a32020",
            "code-constant": "#6e59d9",
            "code-function": "#a846b9",
            "code-keyword": "#3f6ec6",
            "code-number": "#d52a2a",
            "code-special": "#db1457",
            "code-string": "#1c7d4d",
        },
        text="#333333",
        grid="#d9d9d9",
        classes=(
            "#1a72cb",
            "#f25d89",
            "#1f6b00",
            "#1a2c96",
            "#13a791",
            "#682b4b",
            "#8a9424",
            "#625e81",
            "#91625e",
            "#383705",
        ),
    ),
    "dark": Palette(
        page={
            "paper": "#1e2129",
            "raised": "#272c36",
            "line": "#3b4350",
            "ink": "#dfe4ec",
            "quiet": "#a5b0c0",
            "accent": "#93b8f0",
            "warning": "#f0c078",
            "warning-paper": "#2c2417",
            "supported": "#7fd0a0",
            "contradicted": "#f29a94",
            "code-constant": "#b3a7f0",
            "code-function": "#d79be6",
            "code-keyword": "#8fb4f5",
            "code-number": "#f0897e",
            "code-special": "#f48fb1",
            "code-string": "#5cc993",
        },
        text="#dddfe5",
        grid="#454a57",
        classes=(
            "#849fff",
            "#f9a59c",
            "#5aac53",
            "#805cad",
            "#6af8d9",
            "#cb376c",
            "#dee76a",
            "#357f77",
            "#8c6907",
            "#e8caff",
        ),
    ),
}
