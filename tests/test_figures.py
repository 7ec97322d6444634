"""The figures: what they show, in which colours, and that nothing of it is cut off."""

from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import style
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab
from sklearn.decomposition import PCA

from vae_report.config import RunSettings
from vae_report.errors import ReportError
from vae_report.figures import FIGURES, THEMES, Drawing, draw
from vae_report.figures.selection import labels, listed
from vae_report.results import Results, RunMetrics, RunResult, SplitMetrics

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
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


def made_up_run(name, *, model="vae", latent=2, epochs=8, seed=0, classes=CLASSES):
    random = np.random.default_rng(seed)

    def images(*shape):
        coarse = random.random((*shape, 4, 4), dtype=np.float32)
        return coarse.repeat(7, axis=-2).repeat(7, axis=-1).reshape(*shape, 784)

    settings = RunSettings(
        model=model,
        latent=latent,
        hidden=(8,),
        beta=1.0,
        epochs=epochs,
        batch_size=8,
        learning_rate=1e-3,
        warmup=0.0,
        final_rate=1.0,
        seed=seed,
        snapshots=(1,),
    )
    epoch = np.arange(1, epochs + 1)
    bce = 240 + 60 / epoch + random.random(epochs)
    kl = 6 - 3 / epoch if model == "vae" else np.full(epochs, np.nan)
    history = pd.DataFrame({"epoch": epoch, "learning_rate": 1e-3, "seconds": 1.0})
    for split in ("train", "validation"):
        history[f"{split}_bce"] = bce
        history[f"{split}_kl"] = kl
        history[f"{split}_negative_elbo"] = bce + kl
    split_metrics = SplitMetrics(
        negative_elbo=None, bce=1, kl=None, mean_decoded_loss=1, mse=1, ssim=1
    )
    metrics = RunMetrics(
        kind=model,
        latent=latent,
        beta=None,
        seed=seed,
        parameters=1,
        epochs=epochs,
        seconds=1,
        validation=split_metrics,
        test=split_metrics,
    )
    count = len(classes)
    arrays = {
        "showcase_originals": images(2 * count),
        "showcase_reconstructions": images(2 * count),
        "showcase_labels": np.repeat(np.arange(count), 2),
        "snapshot_epochs": epoch,
        "snapshot_originals": images(4),
        "snapshot_reconstructions": images(epochs, 4),
        "snapshot_samples": images(epochs, 4),
        "latent_means": random.normal(size=(30 * count, latent)) * np.arange(1, latent + 1),
        "validation_labels": np.tile(np.arange(count), 30),
        "prior_samples": images(100),
        "interpolation": images(4, 9),
        "interpolation_originals": images(4, 2),
    }
    if latent == 2:
        arrays["manifold"] = images(20, 20)
        arrays["manifold_quantiles"] = np.linspace(-2, 2, 20)
    return RunResult(name, settings, history, metrics, arrays)


def made_up_results(*, classes=CLASSES, seed=0, **options):
    runs = [
        made_up_run(
            f"{model}-{latent}", model=model, latent=latent, seed=seed, classes=classes, **options
        )
        for model in ("vae", "ae")
        for latent in (2, 16)
    ]
    return Results(classes, {run.name: run for run in runs})


def without(results, model, latent=None):
    return replace(
        results,
        runs={
            name: run
            for name, run in results.runs.items()
            if run.settings.model != model or latent not in (None, run.settings.latent)
        },
    )


@pytest.fixture(scope="module")
def results():
    return made_up_results()


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
    }


@pytest.mark.parametrize("name", FIGURES)
def test_the_files_follow_from_the_results_alone(name, results, tmp_path):
    entry = draw(name, results, tmp_path / "once")
    with mpl.rc_context({"font.size": 40, "axes.facecolor": "red"}):
        assert draw(name, results, tmp_path / "again") == entry

    other = draw(name, made_up_results(seed=1), tmp_path / "other")

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


@pytest.mark.parametrize("epochs", [1, 20])
@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off_or_covers_another(name, epochs):
    classes = ("Wide-brimmed sun hat, straw", *CLASSES[1:9], "Gloves", "Scarf", "Umbrella")
    drawing = drawing_of(name, made_up_results(classes=classes, epochs=epochs))
    texts = shown_texts(drawing.figure)
    extents = [text.get_window_extent() for text in texts]
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
    run = results.runs["vae-2"]
    history = run.history.assign(validation_bce=np.linspace(312.34, 251.06, len(run.history)))
    changed = replace(results, runs={"vae-2": replace(run, history=history)})
    drawing = drawing_of("vae_val_loss", changed)
    assert "BCE falls from 312.3 to 251.1" in drawing.alt
    assert "KL rises from 3.0 to" in drawing.alt
    assert list(drawing.data.columns) == ["run", "epoch", "negative ELBO", "BCE", "KL"]
    assert drawing.data["BCE"].tolist() == pytest.approx(history["validation_bce"].tolist())


def test_a_perfect_reconstruction_has_no_error(results):
    run = results.runs["ae-2"]
    arrays = {**run.arrays, "showcase_reconstructions": run.arrays["showcase_originals"]}
    perfect = replace(results, runs={"ae-2": replace(run, arrays=arrays)})
    assert "0.0000 for the 2-D AE" in drawing_of("ae_recon_val", perfect).alt


def test_the_scatter_shows_means_or_their_principal_components(results):
    drawing = drawing_of("vae_latent_scatter", results)
    plane, projected = (points for _, points in drawing.data.groupby("run", sort=False))
    flat, deep = (results.runs[name].arrays["latent_means"] for name in ("vae-2", "vae-16"))
    assert plane[["horizontal", "vertical"]].to_numpy() == pytest.approx(flat)

    reference = PCA(2).fit(deep)
    assert np.abs(projected[["horizontal", "vertical"]].to_numpy()) == pytest.approx(
        np.abs(reference.transform(deep))
    )
    first, second = 100 * reference.explained_variance_ratio_
    assert drawing.figure.axes[1].get_xlabel() == f"PC 1 ({first:.0f} % of variance)"
    assert drawing.figure.axes[1].get_ylabel() == f"PC 2 ({second:.0f} % of variance)"


def test_the_scatter_tells_which_classes_lie_closest(results):
    run = results.runs["vae-2"]
    label = run.arrays["validation_labels"]
    centres = np.stack([10 * np.arange(10), np.zeros(10)], axis=1)
    centres[6] = centres[2] + 0.5
    arrays = {**run.arrays, "latent_means": centres[label]}
    drawing = drawing_of(
        "vae_latent_scatter", replace(results, runs={"vae-2": replace(run, arrays=arrays)})
    )
    assert "the centres of Pullover and Shirt (0.7) lie closest together" in drawing.alt
    assert "of Ankle boot and T-shirt/top (90.0) farthest apart" in drawing.alt


def test_progress_shows_the_first_and_the_last_of_many_snapshots():
    texts = [
        text.get_text()
        for text in shown_texts(drawing_of("training_progress", made_up_results(epochs=40)).figure)
    ]
    assert texts.count("1") == texts.count("40") == 4
    assert sum(text.isdigit() for text in texts) == 24


def test_runs_that_look_alike_are_told_apart_by_name():
    runs = [made_up_run("plain"), made_up_run("warm"), made_up_run("deep", latent=16)]
    assert labels(runs) == ["2-D VAE (plain)", "2-D VAE (warm)", "16-D VAE"]


def test_lists_read_as_sentences_do():
    assert [listed("a"), listed("ab"), listed("abc")] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("vae_train_loss", ("vae",)),
        ("ae_random_latents", ("ae",)),
        ("latent_manifold", ("vae", 2)),
        ("interpolation", ("ae",)),
    ],
)
def test_a_missing_run_is_one_line_and_leaves_no_file(name, missing, results, tmp_path):
    with pytest.raises(ReportError, match=rf"^figure '{name}': no run .*report\.toml\.$") as caught:
        draw(name, without(results, *missing), tmp_path)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_interpolation_needs_two_models_of_one_size(results, tmp_path):
    apart = without(without(results, "vae", 2), "ae", 16)
    with pytest.raises(ReportError, match="of one latent size"):
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
