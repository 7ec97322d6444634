"""Figures as they are drawn, to look at from tests."""

from unittest.mock import patch

from matplotlib import style
from matplotlib.text import Text

from registered import FIGURES
from vae_report.figures import THEMES, Drawing


def drawing_of(name, results, theme="light") -> Drawing:
    with style.context([THEMES[theme]], after_reset=True):
        drawing = FIGURES[name](results)
        drawing.figure.draw_without_rendering()
    return drawing


def shown_texts(figure):
    """The texts that are drawn, ticks beyond the axes not among them."""
    texts = []

    def note(text, renderer):
        texts.append(text)

    with patch.object(Text, "draw", note):
        figure.draw_without_rendering()
    return [text for text in texts if text.get_visible() and text.get_text()]
