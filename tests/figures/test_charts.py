"""What charts have in common: labels of points, and names of runs."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.text import Text

from vae_report.figures import THEMES
from vae_report.figures.charts import label_points
from vae_report.figures.selection import labels, listed


@given(
    arrays(float, st.tuples(st.integers(1, 12), st.just(2)), elements=st.floats(0, 1, width=16)),
)
@settings(max_examples=12, deadline=None)
def test_labels_of_points_lie_beside_each_other_within_the_axes(points):
    with style.context([THEMES["light"]], after_reset=True):
        figure = Figure(figsize=(6, 5), layout="constrained")
        axes = figure.subplots()
        axes.plot(*points.T, "o-")
        axes.set(xlim=(-0.2, 1.2), ylim=(-0.2, 1.2))
        label_points(axes, points, ["16-D"] * len(points))
        figure.draw_without_rendering()
        boxes = [Text.get_window_extent(text) for text in axes.texts]
    assert all(axes.bbox.padded(1).contains(*box.min) for box in boxes)
    assert all(axes.bbox.padded(1).contains(*box.max) for box in boxes)
    assert not any(
        one.padded(-2).overlaps(other.padded(-2)) for one, other in combinations(boxes, 2)
    )


def test_runs_that_look_alike_are_told_apart_by_name(results):
    runs = [results.runs[name] for name in ("vae-2", "latent-vae-2", "vae-16")]
    assert labels(runs) == ["2-D VAE (vae-2)", "2-D VAE (latent-vae-2)", "16-D VAE"]


def test_lists_read_as_sentences_do():
    assert [listed("a"), listed("ab"), listed("abc")] == ["a", "a and b", "a, b and c"]
