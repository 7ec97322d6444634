"""Small finished runs, exported as the build does, and read as a browser does."""

import json
import subprocess
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from small_report import CLASSES, PIXELS, REPOSITORY, run_settings, shapes
from vae_report.data import Dataset
from vae_report.explorer.export import Run, explorer_files
from vae_report.models.autoencoders import make_model
from vae_report.settings import ExplorerSettings
from vae_report.site.node import find_node
from written import write

MODULES = (REPOSITORY / "assets" / "explorer").as_uri()
PRELUDE = f"""
import {{ text }} from "node:stream/consumers";
import {{ loadImages, loadManifest, loadModel }} from "{MODULES}/weights.js";
import {{ crossEntropy, klDivergence, makeModel }} from "{MODULES}/model.js";
const given = JSON.parse(await text(process.stdin));
const answer = (...lists) => {{
  const numbers = Float32Array.from(lists.flatMap((list) => [...list]));
  process.stdout.write(new Uint8Array(numbers.buffer));
}};
"""


def javascript(script, given):
    """Run a script that finds its input in `given` and answers lists of numbers, or prints."""
    done = subprocess.run(
        [find_node(), "--input-type=module", "--eval", PRELUDE + script],
        input=json.dumps(given).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def dataset(validation=60, test=40):
    """A data set of made-up images."""
    train, validation, test = (
        shapes(count, seed) for seed, count in enumerate((10, validation, test))
    )
    return Dataset(
        "Small shapes",
        tuple("ABCDEFGHIJ"[:CLASSES]),
        *train,
        *validation,
        *test,
        source="made up",
        digest="",
        verified=False,
    )


def write_run(folder, losses=(300.0, 250.0), weights=None, **settings):
    """Write a run, of random weights if none are given: its name, settings and folder."""
    run = run_settings(**settings)
    torch.manual_seed(0)
    folder = folder / f"{run.title}-0123456789abcdef"
    folder.mkdir(parents=True)
    save_file(weights or make_model(run, PIXELS).state_dict(), folder / "weights.safetensors")
    columns = ("train_bce", "validation_bce", "validation_mean_decoded_loss")
    rows = [",".join(columns), *(",".join([str(loss)] * 3) for loss in losses)]
    (folder / "history.csv").write_text("\n".join(rows))
    return Run(f"narrow-{run.title}", run, folder)


def export(runs, folder, data=None, points=5, images=3):
    """Export runs: the manifest."""
    settings = ExplorerSettings(sweep="any", points_per_class=points, images_per_class=images)
    write(explorer_files(settings, runs, data or dataset()), folder)
    return json.loads((folder / "manifest.json").read_bytes())


def read(folder: Path, file):
    """Read the tensors of an entry of the manifest by what it says of them."""
    content = (folder / file["file"]).read_bytes()

    def tensor(name):
        place = file["tensors"][name]
        dtype = np.dtype(place["dtype"]).newbyteorder("<")
        count = int(np.prod(place["shape"]))
        stored = np.frombuffer(content, dtype, count, place["offset"]).reshape(place["shape"])
        return stored * tensor(place["scale"])[:, None] if "scale" in place else stored

    return {name: tensor(name) for name in file["tensors"]}
