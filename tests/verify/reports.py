"""Made-up reports: numbers that depend on each other, as those of a training do."""

import json
from copy import deepcopy
from pathlib import Path

import numpy as np

from vae_report.verify.published import Provenance, Published, PublishedClaim, RunNumbers

PROVENANCE = {
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "date": "2026-01-02",
    "modified": False,
    "profile": "full",
    "device": "cpu",
    "processors": ["Brand 1, AVX2"],
    "processors_of": {},
    "data": {"name": "Fashion-MNIST", "side": 28, "digest": "ab" * 32, "verified": True},
    "versions": {"python": "3.11.7", "torch": "2.13.0"},
}


def claim(identifier, verdict, effect=0.6, interval=(0.55, 0.65), **changes):
    return {
        "id": identifier,
        "statement": f"Something is said of {identifier}.",
        "direction": "above",
        "threshold": 0.5,
        "unit": "nats",
        "verdict": verdict,
        "effect": effect,
        "interval": interval,
    } | changes


CLAIMS = [
    claim("samples-blur", "supported"),
    claim("codes-cluster", "contradicted", 0.4, (0.35, 0.45)),
    claim("it-levels-off", "inconclusive", 0.51, (0.45, 0.57)),
    claim("warm-up-helps", "not measured in this profile", None, None),
]


SPLIT = {"bce": 231.0, "mean_decoded_loss": 240.0, "mse": 0.013, "psnr": 19.8, "ssim": 0.64}
QUALITY = {
    "frechet": 27.0,
    "frechet_interval": [26.0, 28.0],
    "kernel": 1.2,
    "kernel_error": 0.1,
    "coverage": 0.6,
    "recognised": 0.8,
    "recognised_interval": [0.78, 0.82],
}


def _run(kind, latent):
    vae = kind == "vae"
    split = SPLIT | {"negative_elbo": 251.0 if vae else None, "kl": 20.0 if vae else None}
    return {
        "kind": kind,
        "latent": latent,
        "likelihood": "bernoulli",
        "beta": 1.0 if vae else None,
        "learning_rate": 4e-3,
        "parameters": 470_000,
        "epochs": 12,
        "seconds": 30.0,
        "diverged": False,
        "validation": split,
        "test": split,
        "intervals": {"bce": [230.0, 232.0]},
        "per_class": {name: [SPLIT[name]] * 10 for name in ("bce", "mse", "psnr", "ssim")},
        "evidence": {"bound": 246.0, "draws": 200} if vae else None,
        "latent_space": {
            "active_units": latent if vae else None,
            "kl_by_dimension": [1.2] * latent if vae else None,
            "knn_accuracy": 0.78,
            "knn_interval": [0.77, 0.79],
        },
        "recognition": {"label_kept": 0.79, "label_kept_interval": [0.78, 0.8]},
        "samples": QUALITY,
        "mixture_samples": None if vae else QUALITY,
    }


RUNS = {
    f"{prefix}{kind}-{latent}": _run(kind, latent)
    for prefix in ("", "latent-", "beta-", "rate-")
    for kind in ("vae", "ae")
    for latent in (2, 16)
}
BASELINES = {
    "classifier": {
        "accuracy": 0.91,
        "accuracy_interval": [0.9, 0.92],
        "recall": [0.9] * 10,
        "parameters": 60_000,
        "epochs": 5,
        "seconds": 20.0,
    },
    "samples": {"real": QUALITY, "noise": QUALITY},
}
"""Records as `metrics.json` has them, of one training and of one classifier."""


def site(folder, seed=0, seeds=3, claims=CLAIMS, change=lambda metrics: None, **provenance):
    """Write what a site publishes of a report, and return its folder.

    Args:
        folder: to write into.
        seed: of the training noise: another is another machine.
        seeds: number of trainings of each run.
        claims: of the report.
        change: spoils the content of `metrics.json`.
        provenance: in place of `PROVENANCE`.
    """
    generator = np.random.default_rng(seed)
    replicates = {
        name: [_trained(record, generator) | {"seeds": [number]} for number in range(seeds)]
        for name, record in RUNS.items()
    }
    judges = [_trained(BASELINES, generator) for _ in range(seeds)]
    metrics = {
        "runs": {
            name: average(of_run) | {"seeds": list(range(seeds))}
            for name, of_run in replicates.items()
        },
        "replicates": replicates,
        "baselines": average(judges),
        "baseline_replicates": judges,
    }
    change(metrics)
    for name, content in (
        ("metrics", metrics),
        ("claims", {"claims": list(claims)}),
        ("provenance", PROVENANCE | provenance),
    ):
        path = Path(folder) / "assets" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return Path(folder)


def _trained(record, generator):
    """Records of one training: all numbers move together, and each a little by itself."""
    common = generator.normal()

    def moved(value, key):
        if isinstance(value, dict):
            return {key: moved(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [moved(each, key) for each in value]
        if not isinstance(value, float) or key in ("beta", "learning_rate", "seconds"):
            return value
        return value * (1 + 0.01 * (0.8 * common + 0.6 * generator.normal()))

    return moved(record, "")


def average(records):
    """Average records of numbers, number by number."""
    first = records[0]
    if isinstance(first, dict):
        return {key: average([record[key] for record in records]) for key in first}
    if isinstance(first, list):
        return [average(list(each)) for each in zip(*records, strict=True)]
    if isinstance(first, int | float) and not isinstance(first, bool):
        return sum(records) / len(records)
    return deepcopy(first)


def published(values, judged=(), place="here"):
    """A report whose numbers are those of an array, without going through files.

    Args:
        values: (runs, seeds, numbers).
        judged: numbers that the classifier has a part in.
        place: of the report.
    """
    runs = {}
    for run, replicates in enumerate(values):
        records = [
            {
                f"{'samples.' if number in judged else ''}n{number}": float(value)
                for number, value in enumerate(seed)
            }
            for seed in replicates
        ]
        mean = {
            number: float(np.mean([record[number] for record in records])) for number in records[0]
        }
        runs[f"run-{run}"] = RunNumbers(mean, records, {}, [False] * len(records))
    claims = {each["id"]: PublishedClaim(**each) for each in CLAIMS}
    return Published(place, Provenance(**PROVENANCE), claims, runs)
