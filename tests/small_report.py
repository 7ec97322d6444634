"""A report in miniature: made-up images of simple shapes, small networks, few epochs."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import yaml
from rich.console import Console

from vae_report.engine.graph import make_missing
from vae_report.engine.workers import Workers
from vae_report.settings import RunSettings
from vae_report.stages.context import Context, Options
from vae_report.stages.finding import data_item
from vae_report.stages.report import items_after

REPOSITORY = Path(__file__).resolve().parent.parent
IN_FORCE = Path(find_spec("report").origin).parents[2]
"""The report that the tests of this process are about: the sample, or the repository's own."""
CLASSES = 10
SIDE = 28
PIXELS = SIDE**2
BUILT_WITH = ("--profile=small", "--device=cpu", "--jobs=2")
"""Options of its build."""

IDENTITY = """
[report]
title = 'Small "shapes", measured'
authors = ["Ada Lovelace", "Charles Babbage"]
description = "Autoencoders & small shapes."
repository = "https://example.org/shapes/report"
licence = "CC-BY-4.0"
version = "2.1"
accent = { light = "#7a1f5c", dark = "#e9a6d0" }

"""

DATA = """
[data]
name = "Small shapes"
classes = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]
train_images = 300
test_images = 100
validation_fraction = 0.2
split_seed = 0

"""

REPORT = f"""{IDENTITY}{DATA}[training]
hidden = [32]
likelihood = "bernoulli"
beta = 1.0
kl_warmup = 0.0
epochs = 3
batch_size = 32
learning_rate = 1e-2
warmup = 0.1
final_rate = 1e-2
seed = 0
seeds = 2
snapshots = [1, 2]

[classifier]
channels = [4, 8]
features = 16
epochs = 3
batch_size = 32
learning_rate = 1e-2

[measurements]
importance_samples = 5
generated = 150

[profiles.full]

[profiles.quick]
epochs = 1
seeds = 1

[profiles.small]

[runs.vae-2]
model = "vae"
latent = 2

[runs.vae-16]
model = "vae"
latent = 16

[runs.ae-2]
model = "ae"
latent = 2

[runs.ae-16]
model = "ae"
latent = 16
"""

SWEEPS = """
[sweeps.latent]
base = "vae-2"
vary = { model = ["vae", "ae"], latent = [2, 16] }

[sweeps.beta]
base = "vae-16"
epochs = 2
vary = { beta = [0, 1, 16] }

[sweeps.kl-warmup]
base = "vae-16"
epochs = 2
vary = { beta = [16], kl_warmup = [0, 0.5] }

[sweeps.learning-rate]
base = "vae-16"
epochs = 2
vary = { learning_rate = [1e-4, 1e-2, 1e6] }

[sweeps.likelihood]
base = "vae-16"
epochs = 2
vary = { likelihood = ["bernoulli", "continuous-bernoulli"] }

[explorer]
sweep = "latent"
points_per_class = 4
images_per_class = 2
"""
"""To follow `REPORT`: sweeps of every kind, with few members, and the explorer."""


def shapes(count, seed=0, side=SIDE, classes=CLASSES):
    """Images (N, side²) and labels (N,), uint8: a bright rectangle whose form tells the class."""
    generator = np.random.default_rng(seed)
    labels = (np.arange(count) % classes).astype(np.uint8)
    images = np.zeros((count, SIDE, SIDE), np.uint8)
    for image, label in zip(images, labels, strict=True):
        top, left = generator.integers(1, 5, 2)
        image[top : top + 4 + 2 * label, left : left + 22 - 2 * label] = generator.integers(
            120, 256
        )
    kept = SIDE * np.arange(side) // side
    return images[:, kept][:, :, kept].reshape(count, -1), labels


def write_shapes(folder, side=SIDE, classes=CLASSES):
    """Write the data set of `REPORT` as IDX files."""
    folder.mkdir(parents=True)
    for part, count, seed in (("train", 300, 0), ("t10k", 100, 1)):
        images, labels = shapes(count, seed, side, classes)
        for name, items in (
            ("images-idx3-ubyte", images.reshape(-1, side, side)),
            ("labels-idx1-ubyte", labels),
        ):
            numbers = (0x0800 + items.ndim, *items.shape)
            header = b"".join(number.to_bytes(4) for number in numbers)
            (folder / f"{part}-{name}").write_bytes(header + items.tobytes())


def lead_to_report_in_force():
    """Let the processes that tests start find the same report as this one."""
    inherited = os.environ.get("PYTHONPATH")
    path = [str(IN_FORCE / "src"), str(REPOSITORY / "src"), *([inherited] if inherited else [])]
    os.environ["PYTHONPATH"] = os.pathsep.join(path)


def lay_out_generator(root):
    """Lay out what a repository has besides its report and the packages of its source."""
    root.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(REPOSITORY / name, root)
    shutil.copytree(REPOSITORY / "scripts", root / "scripts")
    for name in ("assets", "node_modules"):
        (root / name).symlink_to(REPOSITORY / name)
    return root


def make_report(root, report=REPORT + SWEEPS, **data):
    """Lay out a repository whose data set and runs are small, with the pages that are in force."""
    lay_out_generator(root)
    write_configuration(root)
    shutil.copytree(IN_FORCE / "docs", root / "docs", ignore=lambda *_: ["assets"])
    (root / "report.toml").write_text(report)
    write_shapes(root / "data", **data)
    return root


def write_configuration(root, report=IN_FORCE):
    """Write the configuration of pages: the repository's, under the names that a report gives."""
    shared, own = (yaml.safe_load((of / "mkdocs.yml").read_text()) for of in (REPOSITORY, report))
    (root / "mkdocs.yml").write_text(yaml.safe_dump(shared | own, sort_keys=False))


def start_build(root, *options, **variables):
    """Start `scripts/build.py` as a user does, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, root / "scripts" / "build.py", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | variables,
    )


def run_settings(**changes):
    """Settings of one small run."""
    values = {
        "model": "vae",
        "latent": 2,
        "hidden": (16,),
        "likelihood": "bernoulli",
        "beta": 1.0,
        "kl_warmup": 0.0,
        "epochs": 2,
        "batch_size": 32,
        "learning_rate": 1e-2,
        "warmup": 0.1,
        "final_rate": 1e-2,
        "seed": 0,
        "snapshots": (1,),
    }
    return RunSettings(**values | changes)


def train_and_measure(root, *others):
    """Make what is missing of data, runs, measurements and other stages: why, by its title."""
    options = Options(root, "small", root / "data", "cpu", jobs=1)
    with Workers(1, lambda title, done: None) as workers:
        context = Context(options, workers, workers, Console(quiet=True))

        def make(items):
            made = root / ".cache" / "made.json"
            return make_missing(items, context.store, made, 1, Silent(), workers.stop)

        data = data_item(context)
        outcomes = make([data])
        items = items_after(data, context)
        outcomes += make([item for item in items if item.stage in ("train", "measure", *others)])
    return {
        outcome.item.title: outcome.reason for outcome in outcomes if outcome.reason is not None
    }


class Silent:
    """Watches a build and says nothing."""

    def reuses(self, outcome):
        pass

    def starts(self, outcome):
        pass

    def ends(self, outcome):
        pass
