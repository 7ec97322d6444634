"""The figures: what they show, in which colours, and that nothing of it is cut off."""

from dataclasses import replace
from itertools import combinations, pairwise, product
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import style
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab
from sklearn.decomposition import PCA

from made_up_results import CLASSES, bent, diverged, made_up_results, without
from vae_report.errors import ReportError
from vae_report.figures import FIGURES, THEMES, Drawing, draw
from vae_report.figures.selection import labels, listed
from vae_report.results import NotMeasured

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


@pytest.fixture(scope="module")
def results():
    return made_up_results()


def _reduced(value):
    return tuple(map(_reduced, value)) if isinstance(value, tuple) else 0.9 * value


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


@pytest.mark.parametrize("name", FIGURES)
def test_the_files_follow_from_the_results_alone(name, results, others, tmp_path):
    entry = draw(name, results, tmp_path / "once")
    with mpl.rc_context({"font.size": 40, "axes.facecolor": "red"}):
        assert draw(name, results, tmp_path / "again") == entry

    other = draw(name, others, tmp_path / "other")

    once, again, others = (
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        for folder in ("once", "again", "other")
    )
    assert once == again
    assert all(once[file] != others[file] for file in once)
    assert entry.alt != other.alt
    assert set(once) == {entry.light, entry.dark, *([entry.data] if entry.data else [])}
    assert once[entry.light] != once[entry.dark]
    assert entry.width <= 688
    for variant in (entry.light, entry.dark):
        assert _size_and_content(tmp_path / "once" / variant) == (entry.width, entry.height)


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


@pytest.mark.parametrize("name", ["vae_train_loss", "ae_val_loss", "vae_latent_scatter"])
def test_the_legend_names_every_colour_and_covers_nothing(name, results):
    figure = drawing_of(name, results).figure
    legend = figure.legends[0]
    named = [text.get_text() for text in legend.get_texts()]
    drawn = {
        line.get_label()
        for axes in figure.axes
        for line in axes.lines
        if not line.get_label().startswith("_")
    }
    assert set(named) == drawn
    assert not any(legend.get_window_extent().overlaps(axes.bbox) for axes in figure.axes)


def test_losses_of_a_vae_have_three_panels_and_of_an_autoencoder_one(results):
    panels = {
        name: [axes.get_title(loc="left") for axes in drawing_of(name, results).figure.axes]
        for name in ("vae_train_loss", "ae_train_loss")
    }
    assert panels == {"vae_train_loss": ["negative ELBO", "BCE", "KL"], "ae_train_loss": ["BCE"]}


@pytest.mark.parametrize("epochs", [1, 2, 3, 7, 20, 150])
def test_epochs_are_counted_from_one_in_whole_numbers(epochs):
    axes = drawing_of("vae_val_loss", made_up_results(epochs=epochs)).figure.axes[-1]
    ticks = [text.get_text() for text in axes.get_xticklabels()]
    assert ticks[0] == "1"
    assert all(int(tick) <= epochs for tick in ticks)
    assert all(int(one) < int(other) for one, other in pairwise(ticks))


def test_the_text_of_a_loss_holds_its_first_and_last_value(results):
    curve = np.linspace(312.34, 251.06, len(results.runs["vae-2"].history))
    drawing = drawing_of("vae_val_loss", bent(results, "history.validation_bce", curve, latent=2))
    assert "2-D VAE: negative ELBO" in drawing.alt
    assert "BCE falls from 312.3 to 251.1 and KL rises from 1.9 to" in drawing.alt
    assert list(drawing.data.columns) == ["run", "epoch", "negative ELBO", "BCE", "KL"]
    assert drawing.data["BCE"][: len(curve)].tolist() == pytest.approx(curve.tolist())


def test_a_perfect_reconstruction_has_no_error(results):
    originals = results.runs["ae-2"].arrays["showcase_originals"]
    perfect = bent(
        results, "arrays.showcase_reconstructions", originals, model="ae", latent=2, seed=0
    )
    assert "0.0000 for the 2-D AE" in drawing_of("ae_recon_val", perfect).alt


def test_the_scatter_shows_means_or_their_principal_components(results):
    drawing = drawing_of("vae_latent_scatter", results)
    plane, projected = (points for _, points in drawing.data.groupby("run", sort=False))
    flat, deep = (
        results.runs[name].arrays["latent_means"].astype(float) for name in ("vae-2", "vae-16")
    )
    assert plane[["horizontal", "vertical"]].to_numpy() == pytest.approx(flat)

    reference = PCA(2).fit(deep)
    assert np.abs(projected[["horizontal", "vertical"]].to_numpy()) == pytest.approx(
        np.abs(reference.transform(deep))
    )
    first, second = 100 * reference.explained_variance_ratio_
    assert drawing.figure.axes[1].get_xlabel() == f"PC 1 ({first:.0f} % of variance)"
    assert drawing.figure.axes[1].get_ylabel() == f"PC 2 ({second:.0f} % of variance)"


def test_the_scatter_tells_which_classes_lie_closest(results):
    label = results.runs["vae-2"].arrays["validation_labels"]
    centres = np.stack([10 * np.arange(10), np.zeros(10)], axis=1)
    centres[6] = centres[2] + 0.5
    drawing = drawing_of(
        "vae_latent_scatter", bent(results, "arrays.latent_means", centres[label], latent=2)
    )
    assert "the centres of Pullover and Shirt (0.7) lie closest together" in drawing.alt
    assert "of Ankle boot and T-shirt/top (90.0) farthest apart" in drawing.alt


def test_progress_shows_the_first_and_the_last_of_many_snapshots(results):
    many = bent(results, "arrays.snapshot_epochs", np.arange(1, 41))
    for array in ("reconstructions", "samples"):
        many = bent(
            many, f"arrays.snapshot_{array}", lambda images: np.resize(images, (40, 10, 784))
        )
    figure = drawing_of("training_progress", many).figure
    texts = [text.get_text() for text in shown_texts(figure)]
    assert texts.count("1") == texts.count("40") == 4
    assert sum(text.isdigit() for text in texts) == 24


def test_runs_that_look_alike_are_told_apart_by_name(results):
    runs = [*results.members("seeds", model="vae", latent=2)[:2], results.runs["vae-16"]]
    assert labels(runs) == ["2-D VAE (vae-2)", "2-D VAE (seeds-vae-2-1)", "16-D VAE"]


def test_lists_read_as_sentences_do():
    assert [listed("a"), listed("ab"), listed("abc")] == ["a", "a and b", "a, b and c"]


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
def test_a_missing_run_is_told_and_leaves_no_file(name, missing, results, tmp_path):
    def left_out(settings):
        return all(getattr(settings, key) == value for key, value in missing.items())

    if name == "generators":
        results = without(results, runs=lambda settings: settings.latent == 2)
    with pytest.raises(NotMeasured, match=r"the headline has no .* in this profile"):
        draw(name, without(results, runs=left_out), tmp_path)
    assert not list(tmp_path.iterdir())


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
        with pytest.raises(NotMeasured, match="latent = 2"):
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


def test_interpolation_needs_two_models_of_one_size(results, tmp_path):
    apart = without(
        results, runs=lambda settings: (settings.model == "vae") == (settings.latent == 2)
    )
    with pytest.raises(NotMeasured, match="of one latent size"):
        draw("interpolation", apart, tmp_path)


def test_a_folder_that_cannot_be_made_is_one_line(results, tmp_path):
    (tmp_path / "figures").write_text("in the way")
    with pytest.raises(ReportError, match=r"ae_train_loss\.light\.svg: cannot be written"):
        draw("ae_train_loss", results, tmp_path / "figures")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISION)
def test_ten_colours_differ_for_every_kind_of_colour_vision(theme, vision):
    colours = _linear(_palette(theme)) @ VISION[vision].T
    seen = rgb2lab(_encoded(np.clip(colours, 0, 1)))
    assert len(seen) == 10
    assert min(deltaE_ciede2000(*pair) for pair in combinations(seen, 2)) >= 12


@pytest.mark.parametrize("theme", THEMES)
def test_ten_colours_stand_out_from_the_page(theme):
    luminance = [0.2126, 0.7152, 0.0722]
    page = _linear(np.array(to_rgb(THEMES[theme]["figure.facecolor"]))) @ luminance
    inks = _linear(_palette(theme)) @ luminance
    contrasts = (np.maximum(inks, page) + 0.05) / (np.minimum(inks, page) + 0.05)
    assert contrasts.min() >= 3


def _palette(theme):
    return np.array(
        [to_rgb(colour) for colour in THEMES[theme]["axes.prop_cycle"].by_key()["color"]]
    )


def _linear(encoded):
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encoded(linear):
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
