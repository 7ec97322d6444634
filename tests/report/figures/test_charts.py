"""Figures of lines and points: what they show, and what they say of it."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import stdtrit

from drawn import drawing_of
from made_up_results import CLASSES, bent, made_up_results, of_replicates


def those_of(run):
    """Say which run is meant, with whatever seed."""
    return run.settings.model_dump(exclude={"seed"})


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
    shown = results.runs["vae-2"]
    curve = np.linspace(312.34, 251.06, len(shown.history))
    changed = bent(results, "history.validation_bce", curve, **those_of(shown))
    drawing = drawing_of("vae_val_loss", changed)
    assert "2-D VAE: negative ELBO" in drawing.alt
    assert "BCE falls from 312.3 to 251.1 and KL rises from 1.9 to" in drawing.alt
    columns = ["run", "seed", "epoch", "negative ELBO", "BCE", "KL"]
    assert list(drawing.data.columns) == columns
    assert drawing.data["BCE"][: len(curve)].tolist() == pytest.approx(curve.tolist())
    level = bent(results, "history.validation_bce", 251.06, **those_of(shown))
    assert "BCE stays at 251.1 and KL" in drawing_of("vae_val_loss", level).alt


def test_rate_distortion_marks_the_lowest_negative_elbo(results):
    changed = bent(results, "metrics.test.negative_elbo", 123.45, beta=0.25)
    drawing = drawing_of("rate_distortion", changed)
    assert "lowest at β = 0.25, 123.5 nats" in drawing.alt
    assert drawing.data["β"].tolist() == [
        run.settings.beta for run in results.members("beta") if not run.metrics.diverged
    ]
    marked = next(line for line in drawing.figure.axes[0].lines if "123.5" in line.get_label())
    metrics = next(run.metrics.test for run in changed.members("beta", beta=0.25))
    assert marked.get_xydata().tolist() == [[metrics.kl, metrics.bce]]


def test_losses_by_latent_size_spread_as_far_as_their_seeds(results):
    changed = bent(results, "metrics.test.bce", 100.0, model="ae", latent=16, seed=1)
    changed = bent(changed, "metrics.test.bce", 900.0, model="ae", latent=16, seed=2)
    drawing = drawing_of("loss_by_latent_size", changed)
    run = changed.members("latent", model="ae", latent=16)[0]
    found = [each.metrics.test.bce for each in run.replicates]
    assert found[1:3] == [100.0, 900.0]
    half = stdtrit(len(found) - 1, 0.975) * np.std(found, ddof=1) / np.sqrt(len(found))
    data = drawing.data.set_index(["loss", "latent size"])
    assert data.loc[("AE, BCE", 16), "seeds"] == len(found)
    assert data.loc[("AE, BCE", 16), "nats per image"] == pytest.approx(np.mean(found))
    assert data.loc[("AE, BCE", 16), "half width"] == pytest.approx(half, rel=1e-4)
    assert " These are means over 5 seeds; no 95 % interval over seeds " in drawing.alt
    assert drawing.alt.endswith(f" reaches farther than {half:.1f} nats.")
    bars = [
        bar
        for errors in drawing.figure.axes[0].containers
        for bar in errors.lines[2][0].get_segments()
    ]
    assert max(np.ptp(bar[:, 1]) for bar in bars) == pytest.approx(2 * half, rel=1e-4)
    alone = drawing_of("loss_by_latent_size", made_up_results(profile="quick"))
    assert alone.alt.endswith(" Each was trained with one seed.")
    assert alone.data["half width"].isna().all()
    caps = [cap for each in alone.figure.axes[0].containers for cap in each.lines[1]]
    assert caps
    assert np.isnan([np.asarray(cap.get_ydata(), float) for cap in caps]).all(), "no bars"


@pytest.mark.parametrize("split", ["train", "val"])
def test_losses_are_means_over_seeds_in_a_band_of_their_range(results, split):
    column = "train_bce" if split == "train" else "validation_bce"
    changed = results
    for seed in range(5):
        changed = bent(
            changed, f"history.{column}", 200.0 + 10 * seed**2, model="ae", latent=16, seed=seed
        )
    drawing = drawing_of(f"ae_{split}_loss", changed)
    panel = drawing.figure.axes[0]
    line = next(each for each in panel.lines if each.get_label() == "16-D AE")
    assert set(line.get_ydata()) == {260.0}
    band = panel.collections[1].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (200.0, 360.0)
    assert "nats per image, mean over 5 seeds, whose range is shaded. " in drawing.alt
    assert "16-D AE: BCE stays at 260.0" in drawing.alt
    shown = drawing.data.set_index(["run", "seed"])["BCE"]
    assert set(shown["16-D AE", 4]) == {360.0}
    alone = drawing_of(f"ae_{split}_loss", made_up_results(profile="quick"))
    assert "seed" not in alone.alt


def test_the_curve_of_a_learning_rate_is_the_mean_over_seeds(results):
    usual = results.runs["vae-16"].settings.learning_rate
    changed = results
    for seed, loss in enumerate((240.0, 250.0, 275.0, 250.0, 260.0)):
        changed = bent(
            changed, "history.validation_negative_elbo", loss, learning_rate=usual, seed=seed
        )
    drawing = drawing_of("learning_rates", changed)
    shown = drawing.data.set_index("learning rate").loc[usual, "nats per image"]
    assert set(shown) == {255.0}
    assert f"{usual:g} ends at 255.0" in drawing.alt
    assert "mean over 3 to 5 seeds" in drawing.alt
    alone = drawing_of("learning_rates", made_up_results(profile="quick"))
    assert "seed" not in alone.alt


def test_a_run_that_diverges_with_one_seed_diverges(results):
    run = results.members("learning-rate", learning_rate=0.1)[0]
    lost = results.members("learning-rate", learning_rate=30.0)[0].replicates[1]
    runs = {**results.runs, run.name: of_replicates(run, [run.replicates[0], lost])}
    drawing = drawing_of("learning_rates", replace(results, runs=runs))
    assert f"0.1 diverges in epoch {len(lost.history)}" in drawing.alt


def test_a_loss_off_the_scale_is_told_and_flattens_no_other(results):
    rate = max(
        run.settings.learning_rate
        for run in results.members("learning-rate")
        if not run.metrics.diverged
    )
    usual, changed = (
        drawing_of("learning_rates", each)
        for each in (
            results,
            bent(results, "history.validation_negative_elbo", 1e9, learning_rate=rate),
        )
    )
    assert f"{rate:g} ends at 1000000000.0" in changed.alt
    assert changed.figure.axes[0].get_ylim()[1] < 2 * usual.figure.axes[0].get_ylim()[1]
    texts = {text.get_text() for text in changed.figure.legends[0].get_texts()}
    assert {"off the scale", "diverged"} <= texts


def test_classes_stand_in_the_order_of_their_error(results):
    label = results.runs["vae-2"].arrays["test_labels"]
    drawing = drawing_of("class_errors", bent(results, "arrays.test_mse", (9.0 - label) / 100))
    shown = [text.get_text() for text in drawing.figure.axes[0].get_yticklabels()]
    assert shown == list(reversed(CLASSES))
    assert "95 % intervals over images and 5 seeds. " in drawing.alt
    assert "smallest for Ankle boot (0.0000, from 0.0000 to 0.0000)" in drawing.alt
    assert "largest for T-shirt/top (0.0900, from 0.0900 to 0.0900)" in drawing.alt


@pytest.mark.parametrize(
    ("name", "seeds"),
    [
        ("rate_distortion", "3 to 5"),
        ("kl_by_dimension", "3 to 5"),
        ("sharpness_and_error", "5"),
        ("learning_rates", "3 to 5"),
        ("latent_confusion", "5"),
        ("generators", "5"),
    ],
)
def test_the_text_of_means_says_over_how_many_seeds(name, seeds, results):
    assert f", mean over {seeds} seeds" in drawing_of(name, results).alt
    assert "seed" not in drawing_of(name, made_up_results(profile="quick")).alt


def test_the_text_of_samples_by_density_names_the_seed_that_they_are_of(results):
    name = "samples_by_density"
    assert drawing_of(name, results).alt.endswith(" samples each with the first seed.")
    assert "seed" not in drawing_of(name, made_up_results(profile="quick")).alt


def test_units_that_are_active_with_some_seeds_alone_count_in_part(results):
    drawing = drawing_of(
        "rate_distortion", bent(results, "metrics.latent_space.active_units", 3.6, beta=16.0)
    )
    assert " to 3.6. The negative ELBO" in drawing.alt


def test_the_error_of_a_class_varies_over_seeds(results):
    changed = results
    for seed, error in enumerate((0.01, 0.02, 0.03, 0.04, 0.05)):
        changed = bent(changed, "arrays.test_mse", np.full(300, error), latent=2, seed=seed)
    table = drawing_of("class_errors", changed).data.set_index(["run", "class"])
    found = table.loc[("2-D VAE", "Bag")]
    assert found["MSE"] == pytest.approx(0.03)
    half = 2.7764 * np.std([0.01, 0.02, 0.03, 0.04, 0.05], ddof=1) / np.sqrt(5)
    ends = found[["MSE from", "MSE to"]].tolist()
    assert ends == pytest.approx([0.03 - half, 0.03 + half], rel=1e-3)


def test_confusion_is_averaged_over_seeds(results):
    identity, swapped = np.eye(10), np.eye(10)[[1, 0, *range(2, 10)]]
    changed = bent(results, "arrays.knn_confusion", identity)
    changed = bent(changed, "arrays.knn_confusion", swapped, seed=2)
    cells = drawing_of("latent_confusion", changed).figure.axes[0].texts
    texts = {text.get_position(): text.get_text() for text in cells}
    assert (texts[0.5, 0.5], texts[1.5, 0.5]) == ("80", "20")


def test_confusion_is_written_in_percent(results):
    shares = np.eye(10)
    shares[6, :3] = 0.25, 0.004, 0.5
    shares[6, 6] = 0.246
    drawing = drawing_of("latent_confusion", bent(results, "arrays.knn_confusion", shares))
    cells = {text.get_position(): text.get_text() for text in drawing.figure.axes[0].texts}
    assert {place: text for place, text in cells.items() if text != "100"} == {
        (0.5, 6.5): "25",
        (2.5, 6.5): "50",
        (6.5, 6.5): "25",
    }
    assert "mistaken are images of Shirt for Pullover (50 %)" in drawing.alt


def test_every_run_is_one_point_and_a_mixture_another(results):
    data = drawing_of("samples_and_reconstruction", results).data
    finished = {name for name, run in results.runs.items() if not run.metrics.diverged}
    mixtures = data["series"] == "AE with mixture"
    assert sorted(data.loc[~mixtures, "run"]) == sorted(finished)
    assert data.loc[mixtures, "run"].tolist() == ["ae-2", "ae-16"]
