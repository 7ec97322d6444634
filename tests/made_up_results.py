"""Results of runs that nobody trained: complete, plausible, small, and bent at will.

As made, they are a world in which every claim of the report holds, whatever the seed. `bent`
changes one thing of it.
"""

from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from operator import is_not
from zlib import crc32

import numpy as np
import pandas as pd

from small_report import IN_FORCE
from vae_report.results import JudgeResult, Replicate, Results, RunResult
from vae_report.results.means import mean_metrics
from vae_report.results.metrics import Training, Values
from vae_report.results.uncertainty import RESAMPLES, mean_interval
from vae_report.settings import load_settings

SETTINGS = IN_FORCE / "report.toml"
CLASSES = load_settings(SETTINGS).data.classes
TOPS = ("T-shirt/top", "Pullover", "Coat", "Shirt")
FOOTWEAR = ("Sandal", "Sneaker", "Ankle boot")
SILHOUETTES = ("Trouser", "Bag", "Ankle boot")
TEST_IMAGES, GENERATED, LINES = 300, 200, 50
SCATTER = 0.005
"""Standard deviation between seeds of whatever is measured, as a share of it."""


def made_up_results(*, profile="full", classes=CLASSES, seed=0, epochs=None):
    """Make results of every run of `report.toml`, as a profile has them.

    Args:
        profile: of `report.toml`.
        classes: their names.
        seed: of all noise.
        epochs: of every run; those of `report.toml` by default.
    """
    return _made_up_results(profile, tuple(classes), seed, epochs)


@lru_cache(maxsize=8)
def _made_up_results(profile, classes, seed, epochs):
    settings = load_settings(SETTINGS, profile)
    changes = {} if epochs is None else {"epochs": epochs}
    runs = {
        name: made_up_run(
            name,
            [run.model_copy(update=changes) for run in settings.replicates(name)],
            headline=name in settings.headline,
            classes=classes,
            seed=seed,
        )
        for name in settings.runs
    }
    highest = max(runs, key=lambda name: settings.runs[name].learning_rate)
    if highest not in settings.headline:
        runs[highest] = diverged(runs[highest])
    sizes = dict.fromkeys(settings.runs[name].latent for name in settings.headline)
    images = [made_up_judge(judge, sizes, classes, seed) for judge in settings.judges]
    return Results(
        classes=classes,
        runs=runs,
        headline=settings.headline,
        sweeps=settings.sweeps,
        judges=dict(zip(settings.judges, images, strict=True)),
    )


def made_up_judge(judge, sizes, classes, seed):
    """Make what the classifier with one seed sees in images that no model made."""
    random = np.random.default_rng([seed, judge])
    scatter = 1 + SCATTER * random.normal()
    frechet = {"real": 0.5, "noise": 400.0, **{f"pca-{size}": 60.0 for size in sizes}}
    recognised = {"real": 0.9, "noise": 0.02}
    metrics = Values(
        classifier=Values(
            accuracy=0.92 * scatter,
            accuracy_interval=(0.91 * scatter, 0.93 * scatter),
            recall=list(np.linspace(0.8, 0.98, len(classes)) * scatter),
            parameters=60_000,
            epochs=4,
            seconds=20.0,
        ),
        samples=Values(
            {
                name: _sample_quality(
                    distance * scatter, recognised.get(name, 0.3), 1.0 if name == "real" else 2
                )
                for name, distance in frechet.items()
            }
        ),
    )
    arrays = {f"{name}_images": _images(random, 100) for name in frechet}
    arrays |= {
        f"{name}_frechet_resampled": _frechet(random, seed, distance * scatter)
        for name, distance in frechet.items()
    }
    arrays["noise_recognised"] = _ones(random, np.full(GENERATED, recognised["noise"]))
    arrays["real_sharpness"] = _hardness(seed).astype(np.float32)
    return JudgeResult(metrics, arrays)


def bent(results, what, change, **where):
    """Change one metric, array or column of the history of some runs, or a baseline.

    Args:
        results: that are left as they are.
        what: as in `metrics.samples.frechet`, `arrays.test_mse`, `history.train_bce`,
            `settings.beta`, `baselines.samples.noise.recognised` or
            `baseline_arrays.noise_recognised`.
        change: the value, or a function of the old one; of runs and judges, with every seed.
        where: settings of the runs that are meant; all runs by default. A value, or a condition;
            one of `seed` says which replicates.
    """
    place, *path = what.split(".")
    if place in ("baselines", "baseline_arrays"):
        place = "metrics" if place == "baselines" else "arrays"
        judges = {
            seed: replace(judge, **{place: _with(getattr(judge, place), path, change)})
            for seed, judge in results.judges.items()
        }
        return replace(results, judges=judges)

    def meant(settings):
        return all(
            wanted(getattr(settings, key)) if callable(wanted) else getattr(settings, key) == wanted
            for key, wanted in where.items()
        )

    runs = dict(results.runs)
    for name, run in results.runs.items():
        with suppress(AttributeError, KeyError):  # not all is measured of every run
            if place == "settings":
                if meant(run.settings):
                    runs[name] = replace(run, settings=_with(run.settings, path, change))
                continue
            replicates = [
                replace(each, **{place: _with(getattr(each, place), path, change)})
                if meant(run.settings.model_copy(update={"seed": each.seed}))
                else each
                for each in run.replicates
            ]
            if any(map(is_not, replicates, run.replicates)):
                runs[name] = of_replicates(run, replicates)
    assert any(runs[name] is not run for name, run in results.runs.items()), f"no run has {what}"
    return replace(results, runs=runs)


def without(results, *, runs=lambda settings: False, sweeps=()):
    """Leave out sweeps, and runs whose settings meet a condition, wherever they occur."""
    kept = {name: run for name, run in results.runs.items() if not runs(run.settings)}
    return replace(
        results,
        runs=kept,
        headline=tuple(name for name in results.headline if name in kept),
        sweeps={
            sweep: tuple(name for name in names if name in kept)
            for sweep, names in results.sweeps.items()
            if sweep not in sweeps
        },
    )


def of_replicates(run, replicates):
    """Let a run have other replicates, and the metrics that follow from them."""
    metrics = mean_metrics([each.metrics for each in replicates])
    return replace(run, metrics=metrics, replicates=tuple(replicates))


def diverged(run):
    """Let a run's loss stop being finite halfway, with every seed."""
    return of_replicates(run, [_diverged(each) for each in run.replicates])


def _diverged(run):
    history = run.history.head(max(1, len(run.history) // 2)).copy()
    history.loc[history.index[-1], [name for name in history if name.startswith("train_")]] = np.nan
    settings = Training.__annotations__
    measured = {
        name: Values() if name in ("intervals", "per_class") else None
        for name in run.metrics.keys() - settings.keys()
    }
    return replace(
        run,
        history=history,
        metrics=Values(run.metrics, **measured, epochs=float(len(history)), diverged=True),
        arrays={name: array for name, array in run.arrays.items() if name.startswith("snapshot_")},
    )


def made_up_run(name, replicates, *, headline=True, classes=CLASSES, seed=0):
    """Make a finished run, given its settings with each seed."""
    random = np.random.default_rng([seed, crc32(name.encode())])
    pictures = _pictures(random, replicates[0], headline, len(classes))
    made = tuple(
        _replicate(name, settings, pictures, headline, classes, seed) for settings in replicates
    )
    return RunResult(name, replicates[0], mean_metrics([each.metrics for each in made]), made)


def _pictures(random, settings, headline, count):
    """Make what is drawn of a run, of which the report shows one seed: that of the first."""
    size = settings.latent
    kept_epochs = np.array(sorted({*settings.snapshots, settings.epochs}))
    kept_epochs = kept_epochs[kept_epochs <= settings.epochs]
    arrays = {
        "showcase_originals": _images(random, 2 * count),
        "showcase_reconstructions": _images(random, 2 * count),
        "latent_means": random.normal(size=(30 * count, size)) * np.arange(1, size + 1),
        "validation_labels": np.tile(np.arange(count), 30),
        "prior_samples": _images(random, 100),
        "interpolation": _images(random, 4, 9),
        "interpolation_originals": _images(random, 4, 2),
        "sample_images": _images(random, 100),
        "snapshot_epochs": kept_epochs,
        "snapshot_originals": _images(random, count),
        "snapshot_reconstructions": _images(random, len(kept_epochs), count),
        "snapshot_samples": _images(random, len(kept_epochs), count),
    }
    if size == 2:
        arrays["manifold"] = _images(random, 20, 20)
        arrays["manifold_quantiles"] = np.linspace(-2, 2, 20)
    if headline and settings.model == "ae":
        arrays["mixture_images"] = _images(random, 100)
    if headline and size > 2:
        arrays["embedding_tsne"] = random.normal(size=(20 * count, 2)) * 30
        arrays["embedding_pca"] = random.normal(size=(20 * count, 2))
        arrays["embedding_labels"] = np.tile(np.arange(count), 20)
    return _stored(arrays)


def _replicate(name, settings, pictures, headline, classes, seed):
    random = np.random.default_rng([seed, crc32(name.encode()), settings.seed])
    variational = settings.model == "vae"
    size, beta = settings.latent, settings.beta
    count = len(classes)
    labels = np.arange(TEST_IMAGES) % count
    shared = _hardness(seed) - 0.5
    groups = np.array([_group(one) for one in classes])

    def scattered(value):
        return value * (1 + SCATTER * random.normal())

    def per_image(mean, spread=0.02):
        return mean * (0.5 + shared + spread * random.normal(size=TEST_IMAGES))

    if variational:
        mse = (0.012 + 0.03 * np.exp(-size / 4)) * (0.6 + 0.4 * beta)
        kl = 10 * (1 - np.exp(-size / 4)) / (0.05 + beta) + 5 * settings.kl_warmup
        sharpness = 0.1 + 0.35 * (1 - np.exp(-size / 8))
        frechet, recognised = 15 * (1 + 1 / (beta + 0.2)), 0.8
    else:
        mse, kl = 0.006 + 0.03 * np.exp(-size / 8), 0.0
        sharpness = 0.2 + 0.35 * (1 - np.exp(-size / 8))
        frechet, recognised = 120.0, 0.1
    mse, kl, sharpness, frechet = map(scattered, (mse, kl, sharpness, frechet))
    bce = 220 + 1500 * mse
    active = max(1, round(size / max(1, beta))) if variational else size
    kept = 0.9 if beta <= 4 else 0.5 if beta <= 8 else 0.12

    means = random.normal(size=(TEST_IMAGES, size)) * np.where(np.arange(size) < active, 1, 0.01)
    means[:, 0] += labels
    density = random.normal(size=GENERATED)
    confusion = np.array([_confusion_row(groups, one, random) for one in range(count)])
    silhouette = np.isin(classes, SILHOUETTES)[labels]
    ssim = np.where(silhouette, 0.75, np.where(np.isin(classes, TOPS)[labels], 0.55, 0.65))
    arrays = {
        "test_labels": labels,
        "test_bce": per_image(bce),
        "test_kl": per_image(kl),
        "test_mean_decoded_bce": per_image(bce - 2),
        "test_mse": per_image(mse),
        "test_psnr": per_image(-10 * np.log10(mse)),
        "test_ssim": ssim + 0.05 * (shared - 0.5) + 0.01 * random.normal(size=TEST_IMAGES),
        "test_sharpness": per_image(sharpness),
        "test_means": means,
        "knn_correct": _ones(random, np.diag(confusion)[labels]),
        "knn_confusion": confusion,
        "label_kept": _ones(random, np.full(TEST_IMAGES, kept)),
        "path_confidence": 0.8 + 0.1 * random.random(LINES),
        "path_realism": (0.8 if variational else 0.5) + 0.1 * random.random(LINES),
        "sample_entropy": np.exp(-density) + 0.2 * random.random(GENERATED),
        "sample_recognised": _ones(random, np.full(GENERATED, recognised)),
        "sample_sharpness": np.full(GENERATED, 0.3) + 0.02 * random.normal(size=GENERATED),
        "sample_frechet_resampled": _frechet(random, seed, frechet),
    }
    epoch = np.arange(1, settings.epochs + 1)
    if variational:
        arrays["sample_density"] = density
    mixture = scattered(20.0)
    if headline and not variational:
        arrays["mixture_frechet_resampled"] = _frechet(random, seed, mixture)
    arrays = _stored(arrays)

    fall = 60 * np.exp(-5 * epoch / settings.epochs)
    history = pd.DataFrame({"epoch": epoch, "learning_rate": settings.learning_rate})
    history["seconds"] = 1.0
    for split, gap in (("train", 0.0), ("validation", 0.5)):
        history[f"{split}_bce"] = bce + fall + gap + 0.05 * random.random(settings.epochs)
        history[f"{split}_kl"] = kl - 0.5 * kl / epoch if variational else np.nan
        history[f"{split}_negative_elbo"] = history[f"{split}_bce"] + history[f"{split}_kl"]
    history["validation_mean_decoded_loss"] = history["validation_bce"] - 2

    split_metrics, intervals = _split_metrics(arrays, variational)
    metrics = Values(
        kind=settings.model,
        label=settings.model.upper(),
        variational=variational,
        latent=size,
        likelihood=settings.likelihood,
        beta=beta if variational else None,
        learning_rate=settings.learning_rate,
        seeds=(settings.seed,),
        parameters=1000 * size,
        epochs=float(settings.epochs),
        seconds=float(settings.epochs),
        diverged=False,
        validation=split_metrics,
        test=split_metrics,
        intervals=intervals,
        per_class=Values(
            {
                key: [float(arrays[f"test_{key}"][labels == one].mean()) for one in range(count)]
                for key in ("bce", "mse", "psnr", "ssim", "sharpness")
            }
        ),
        evidence=Values(bound=bce + kl - 2, draws=200) if headline and variational else None,
        latent_space=Values(
            active_units=float(active) if variational else None,
            kl_by_dimension=list(np.where(np.arange(size) < active, kl / active, 0.0))
            if variational
            else None,
            knn_accuracy=float(arrays["knn_correct"].mean()),
            knn_interval=mean_interval(arrays["knn_correct"]),
            probe_accuracy=0.7,
            probe_interval=(0.68, 0.72),
            silhouette=0.1,
            silhouette_interval=(0.08, 0.12),
            prior_distance=0.1 if variational else 20.0,
        ),
        recognition=Values(
            label_kept=float(arrays["label_kept"].mean()),
            label_kept_interval=mean_interval(arrays["label_kept"]),
            path_confidence=float(arrays["path_confidence"].mean()),
            path_confidence_interval=mean_interval(arrays["path_confidence"]),
            path_realism=float(arrays["path_realism"].mean()),
            path_realism_interval=mean_interval(arrays["path_realism"]),
        ),
        samples=_sample_quality(frechet, float(arrays["sample_recognised"].mean()), 0.3),
        mixture_samples=_sample_quality(mixture, 0.7, 0.3)
        if headline and not variational
        else None,
    )
    return Replicate(name, settings.seed, history, metrics, pictures | arrays)


def _stored(arrays):
    """Keep numbers as the stores do."""
    return {
        key: value.astype(np.float32) if value.dtype == np.float64 else value
        for key, value in arrays.items()
    }


def _hardness(seed):
    """Say how hard each test image is for all models, about 1 on average."""
    return 0.5 + np.random.default_rng(seed).random(TEST_IMAGES)


def _frechet(random, seed, distance):
    """Resample a distance: real images, which are the same for all, and generated ones."""
    real = np.random.default_rng(seed).normal(size=RESAMPLES)
    return distance * (1 + 0.01 * real + 0.005 * random.normal(size=RESAMPLES))


def _split_metrics(arrays, variational):
    per_image = {
        key: arrays[f"test_{key}"].astype(np.float64)
        for key in ("bce", "mse", "psnr", "ssim", "sharpness")
    }
    kl = arrays["test_kl"].astype(np.float64)
    per_image["mean_decoded_loss"] = arrays["test_mean_decoded_bce"] + kl
    if variational:
        per_image |= {"kl": kl, "negative_elbo": per_image["bce"] + kl}
    values = {key: float(array.mean()) for key, array in per_image.items()}
    intervals = {key: mean_interval(array) for key, array in per_image.items()}
    return Values({"kl": None, "negative_elbo": None, **values}), Values(intervals)


def _sample_quality(frechet, recognised, sharpness):
    def about(value):
        return 0.97 * value, 1.03 * value

    return Values(
        frechet=frechet,
        frechet_interval=about(frechet),
        kernel=frechet / 100,
        kernel_error=frechet / 1000,
        density=recognised,
        coverage=recognised,
        realistic=0.5,
        confidence=(1 + recognised) / 2,
        recognised=recognised,
        recognised_interval=about(recognised),
        class_entropy=1 - recognised,
        class_balance=0.9,
        sharpness=sharpness,
        sharpness_interval=about(sharpness),
    )


def _group(name):
    return next((group for group in (TOPS, FOOTWEAR) if name in group), (name,))[0]


def _confusion_row(groups, one, random):
    """Place the images of one class: tops often among other tops, the rest seldom elsewhere."""
    others = np.arange(len(groups)) != one
    alike = others & (groups == groups[one])
    missed = (0.4 if groups[one] == TOPS[0] else 0.05) + 0.03 * random.random()
    to = alike if alike.any() else others
    return np.where(to, missed / to.sum(), np.where(others, 0.0, 1 - missed))


def _ones(random, chance):
    return (random.random(len(chance)) < chance).astype(np.uint8)


def _images(random, *shape):
    coarse = random.random((*shape, 4, 4), dtype=np.float32)
    return coarse.repeat(7, axis=-2).repeat(7, axis=-1).reshape(*shape, 784)


def _with(record, path, change):
    """Copy a record, dictionary or table with one value changed, deep within."""
    if not path:
        return change(record) if callable(change) else change
    key, *rest = path
    if isinstance(record, pd.DataFrame):
        return record.assign(**{key: _with(record[key].to_numpy(), rest, change)})
    if isinstance(record, dict):
        return type(record)({**record, key: _with(record[key], rest, change)})
    return record.model_copy(update={key: _with(getattr(record, key), rest, change)})
