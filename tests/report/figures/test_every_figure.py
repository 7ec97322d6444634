"""What holds of all figures: their files, that nothing is cut off, what they do without a run."""

import json
import re
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from drawn import drawing_of, shown_texts
from made_up_results import CLASSES, bent, diverged, made_up_results, without
from registered import FIGURES
from vae_report.figures import THEMES, FigureEntry, draw
from vae_report.results import Diverged, NotMeasured
from written import write


def _reduced(value):
    return list(map(_reduced, value)) if isinstance(value, list) else 0.9 * value


@pytest.fixture(scope="module")
def others():
    """Make results of which nothing equals the usual ones."""
    results = made_up_results(seed=1)
    for what, model in {
        "arrays.knn_confusion": "vae",
        "history.train_bce": "ae",
        "history.validation_bce": "ae",
        "history.validation_negative_elbo": "vae",
        "metrics.latent_space.kl_by_dimension": "vae",
        "metrics.samples.frechet": "vae",
    }.items():
        results = bent(results, what, _reduced, model=model)
    return results


def test_every_figure_of_the_report_is_there():
    assert set(FIGURES) == {
        "vae_train_loss",
        "vae_val_loss",
        "vae_recon_val",
        "vae_latent_scatter",
        "vae_samples",
        "ae_train_loss",
        "ae_val_loss",
        "ae_recon_val",
        "latent_manifold",
        "training_progress",
        "ae_random_latents",
        "interpolation",
        "rate_distortion",
        "loss_by_latent_size",
        "learning_rates",
        "kl_by_dimension",
        "class_errors",
        "latent_confusion",
        "sharpness_and_error",
        "samples_and_reconstruction",
        "samples_by_density",
        "generators",
        "embedding",
    }


def entry_of(name, files):
    """What the pages know of a figure."""
    return FigureEntry.model_validate_json(files[f"{name}.json"])


@pytest.mark.parametrize("name", FIGURES)
def test_the_files_follow_from_the_results_alone(name, results, tmp_path):
    once = draw(name, results)
    with mpl.rc_context({"font.size": 40, "axes.facecolor": "red"}):
        assert draw(name, results) == once

    entry = entry_of(name, once)
    variants = {entry.light, entry.dark}
    assert set(once) == {f"{name}.json", *variants, *([entry.data] if entry.data else [])}
    write(once, tmp_path / "once")
    assert once[entry.light] != once[entry.dark]
    assert entry.width <= 688
    for variant in (entry.light, entry.dark):
        assert _size_and_content(tmp_path / "once" / variant) == (entry.width, entry.height)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("vae_train_loss", ("vae-2", "vae-16")),
        ("latent_manifold", ("vae-2",)),
        ("interpolation", ("vae-2", "vae-16", "ae-2", "ae-16")),
        ("embedding", ("vae-16",)),
    ],
)
def test_the_runs_that_are_shown_are_listed(name, shown, results):
    assert set(entry_of(name, draw(name, results)).runs) == set(shown)


@pytest.mark.parametrize("name", FIGURES)
def test_the_runs_that_are_shown_are_those_whose_measurements_are_read(name, results):
    """Tried by spoiling every other run, which must change nothing."""
    shown = {run.name for run in drawing_of(name, results).runs}
    assert shown
    without_others = {run: each for run, each in results.runs.items() if run in shown}
    kept = replace(
        results,
        runs=without_others,
        sweeps={
            sweep: tuple(run for run in runs if run in shown)
            for sweep, runs in results.sweeps.items()
        },
        headline=tuple(run for run in results.headline if run in shown),
    )
    assert drawing_of(name, kept).alt == drawing_of(name, results).alt


def test_vaes_and_autoencoders_are_told_by_what_they_are_and_not_by_their_names(results):
    renamed = bent(results, "settings.model", "mine", model="vae")
    renamed = bent(renamed, "settings.model", "plain", model="ae")
    for name, figure in FIGURES.items():
        with style.context([THEMES["light"]], after_reset=True):
            assert figure(renamed).alt == figure(results).alt, name


def test_a_run_that_is_left_out_is_not_listed(results):
    runs = results.runs | {"vae-16": diverged(results.runs["vae-16"])}
    results = replace(results, runs=runs)
    for name, listed in (("class_errors", False), ("vae_train_loss", True)):
        assert ("vae-16" in entry_of(name, draw(name, results)).runs) == listed


@pytest.mark.parametrize("name", FIGURES)
def test_other_results_make_another_figure(name, results, others):
    one, other = (drawing_of(name, each) for each in (results, others))
    assert one.alt != other.alt
    assert one.data is None or not one.data.equals(other.data)
    seen, unlike = (_pixels(each.figure) for each in (one, other))
    assert seen.shape != unlike.shape or np.any(seen != unlike)


def _pixels(figure):
    figure.set_dpi(48)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def _size_and_content(path: Path):
    """The size in CSS pixels of a file in which something is drawn."""
    if path.suffix == ".svg":
        root = ElementTree.parse(path).getroot()
        assert len(root.findall(".//{*}path")) > 20
        assert not root.findall(".//{*}text"), "the reader's machine may lack the font"
        return tuple(round(float(root.get(side).rstrip("pt")) * 96 / 72) for side in _SIDES)
    with Image.open(path) as image:
        assert np.asarray(image.convert("L")).std() > 10
        return image.width / 2, image.height / 2


_SIDES = ("width", "height")


EPOCHS = {"training_progress", "learning_rates", *(name for name in FIGURES if "loss" in name)}


@pytest.mark.parametrize(
    ("name", "epochs"), [*product(FIGURES, [20]), *product(sorted(EPOCHS), [1])]
)
def test_no_text_is_cut_off_or_covers_another(name, epochs):
    classes = ("Wide-brimmed sun hat, straw", *CLASSES[1:9], "Gloves", "Scarf", "Umbrella")
    drawing = drawing_of(name, made_up_results(classes=classes, epochs=epochs))
    texts = shown_texts(drawing.figure)
    # Of a label, without the line that leads to it.
    extents = [Text.get_window_extent(text) for text in texts]
    page = drawing.figure.bbox.padded(1)
    for text, extent in zip(texts, extents, strict=True):
        assert page.containsx(extent.x0), text
        assert page.fully_containsx(extent.x1), text
        assert page.containsy(extent.y0), text
        assert page.fully_containsy(extent.y1), text
    for (one, its), (other, others) in combinations(zip(texts, extents, strict=True), 2):
        assert not its.padded(-1).overlaps(others.padded(-1)), (one, other)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("vae_train_loss", {"model": "vae"}),
        ("ae_random_latents", {"model": "ae"}),
        ("latent_manifold", {"model": "vae", "latent": 2}),
        ("interpolation", {"model": "ae"}),
        ("generators", {"model": "ae", "latent": 16}),
        ("embedding", {"latent": 16}),
    ],
)
def test_a_missing_run_is_told_instead_of_drawing(name, missing, results):
    def left_out(settings):
        return all(getattr(settings, key) == value for key, value in missing.items())

    if name == "generators":
        results = without(results, runs=lambda settings: settings.latent == 2)
    files = draw(name, without(results, runs=left_out))
    assert list(files) == [f"{name}.json"]
    reason = json.loads(files[f"{name}.json"])["not_measured"]
    assert re.fullmatch(r"the headline has no .* in this report", reason)


@pytest.mark.parametrize(
    ("name", "sweep"),
    [
        ("rate_distortion", "beta"),
        ("loss_by_latent_size", "latent"),
        ("learning_rates", "learning-rate"),
        ("kl_by_dimension", "beta"),
        ("sharpness_and_error", "latent"),
    ],
)
def test_a_missing_sweep_is_told(name, sweep, results):
    with pytest.raises(NotMeasured, match=f'the sweep "{sweep}" has no run'):
        FIGURES[name](without(results, sweeps=[sweep]))


@pytest.mark.parametrize("name", FIGURES)
def test_a_run_that_diverged_is_left_out_or_shown_as_such(name, results):
    lost = {"ae-2", "vae-2", "latent-vae-8", "beta-4", "likelihood-continuous-bernoulli"}
    runs = {run: diverged(each) if run in lost else each for run, each in results.runs.items()}
    if name == "latent_manifold":
        with pytest.raises(Diverged, match="every run of vae-2 diverged"):
            FIGURES[name](replace(results, runs=runs))
        return
    drawing = drawing_of(name, replace(results, runs=runs))
    assert "nan" not in drawing.alt
    assert "None" not in drawing.alt


@pytest.mark.parametrize("name", FIGURES)
def test_where_all_diverged_nothing_is_drawn_but_losses(name, results):
    runs = {run: diverged(each) for run, each in results.runs.items()}
    if name.endswith("_loss") or name == "learning_rates":
        assert "diverges" in drawing_of(name, replace(results, runs=runs)).alt
    else:
        with pytest.raises(NotMeasured):
            FIGURES[name](replace(results, runs=runs))


def test_interpolation_needs_two_models_of_one_size(results):
    apart = without(
        results, runs=lambda settings: (settings.model == "vae") == (settings.latent == 2)
    )
    with pytest.raises(NotMeasured, match="of one latent size"):
        FIGURES["interpolation"](apart)
