"""Finished runs as files that a browser reads."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from vae_report.data import Dataset
from vae_report.data.choosing import first_of_each_class
from vae_report.engine.store import Files
from vae_report.errors import ReportError
from vae_report.explorer import manifest
from vae_report.explorer.manifest import MANIFEST, BinaryFile, Layers, Manifest, ModelFile
from vae_report.measurements.measuring import load_model
from vae_report.models.autoencoders import AE, VAE, Code, as_pixels
from vae_report.models.objectives import CHUNK
from vae_report.results.stored import diverged, load_history
from vae_report.settings import ExplorerSettings, RunSettings

Arrays = Mapping[str, NDArray[np.generic]]

_REMEDY = "name another sweep in [explorer] of report.toml, or leave that table out"


class Run(NamedTuple):
    """A finished run: its name, its settings, and its folder."""

    name: str
    settings: RunSettings
    folder: Path


@torch.inference_mode()
def explorer_files(settings: ExplorerSettings, runs: Iterable[Run], dataset: Dataset) -> Files:
    """Return the files that the explorer loads.

    Args:
        settings: The numbers of images that the explorer shows.
        runs: The runs that it shows.
        dataset: The data set that they were trained on.

    Raises:
        ReportError: A run diverged, its model is more than linear layers and ReLU, or VAEs and
            autoencoders differ in their sizes.
    """
    points = first_of_each_class(dataset.validation_labels, settings.points_per_class)
    chosen = first_of_each_class(dataset.test_labels, settings.images_per_class)
    contents: dict[str, bytes] = {}

    def packed(name: str, arrays: Arrays) -> BinaryFile:
        file = f"{name}.bin"
        contents[file], tensors = _pack(arrays)
        content = contents[file]
        return BinaryFile(
            file=file, sha256=manifest.sha256(content), bytes=len(content), tensors=tensors
        )

    models = []
    for run in runs:
        model = _load(run, dataset.side**2)
        encoder, decoder = (_layers(run, model, part) for part in ("encoder", "decoder"))
        weights = _weights(model, [*_linear(encoder)[:1], *_linear(decoder)[-1:]])
        arrays = weights | _codes(model, dataset.validation_images, points)
        models.append(
            ModelFile(
                **dict(packed(run.settings.title, arrays)),
                run=run.name,
                key=run.folder.name,
                kind="vae" if model.variational else "ae",
                latent=model.latent,
                likelihood=run.settings.likelihood,
                encoder=encoder,
                decoder=decoder,
            )
        )
    sizes = {kind: {each.latent for each in models if each.kind == kind} for kind in ("vae", "ae")}
    if not sizes["vae"] or sizes["ae"] not in (set(), sizes["vae"]):
        raise ReportError(
            f"[explorer]: the sweep '{settings.sweep}' has to have VAEs, and autoencoders of the "
            f"same latent sizes or none; {_REMEDY}."
        )
    images = {
        "pixels": dataset.test_images[chosen],
        "labels": dataset.test_labels[chosen],
        "point_labels": dataset.validation_labels[points],
    }
    listed = Manifest(
        classes=dataset.classes,
        side=dataset.side,
        models=tuple(models),
        images=packed("images", images),
    )
    return {**contents, MANIFEST: listed.model_dump_json(exclude_none=True).encode()}


def _load(run: Run, pixels: int) -> AE:
    if diverged(load_history(run.folder)):
        raise ReportError(f"run '{run.name}' diverged, so no explorer can show it; {_REMEDY}.")
    model = load_model(run.settings, pixels, (run.folder / "weights.safetensors").read_bytes())
    for name in ("encode", "decode", "pixels"):
        if getattr(type(model), name) not in (getattr(AE, name), getattr(VAE, name)):
            raise _not_shown(run, f"its own way to {name}")
    return model


def _layers(run: Run, model: AE, part: str) -> Layers:
    """Describe the layers of a model's encoder or decoder."""

    def described(name: str, layer: nn.Module) -> manifest.Linear | manifest.ReLU:
        if isinstance(layer, nn.Linear) and layer.bias is not None:
            return manifest.Linear(weight=f"{part}.{name}.weight", bias=f"{part}.{name}.bias")
        if isinstance(layer, nn.ReLU):
            return manifest.ReLU()
        raise _not_shown(run, f"a layer {layer} in its {part}")

    return tuple(described(*child) for child in getattr(model, part).named_children())


def _not_shown(run: Run, reason: str) -> ReportError:
    return ReportError(
        f"run '{run.name}': its model has {reason}, and the explorer runs linear layers with "
        f"a bias and ReLU alone; {_REMEDY}."
    )


def _linear(layers: Layers) -> list[str]:
    """List the names of the weights of linear layers."""
    return [layer.weight for layer in layers if isinstance(layer, manifest.Linear)]


def _weights(model: AE, outermost: Collection[str]) -> dict[str, NDArray[np.generic]]:
    """Return the weights by name; those that meet the pixels as 16-bit integers, scaled by row.

    Those of the outermost layers are nearly all the weights. Rounding the others would change the
    output by more, so they stay as they are.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, weight in model.state_dict().items():
        values = weight.numpy()
        if name in outermost:
            largest = np.abs(values).max(axis=1).clip(min=np.finfo(np.float32).tiny)
            scale = largest / np.iinfo(np.int16).max
            arrays[name] = np.rint(values / scale[:, None]).astype(np.int16)
            arrays[_scale(name)] = scale
        else:
            arrays[name] = values
    return arrays


def _scale(name: str) -> str:
    return f"{name}.scale"


def _codes(
    model: AE, images: NDArray[np.uint8], points: NDArray[np.intp]
) -> dict[str, NDArray[np.float32]]:
    """Encode validation images, some of which are points of the plane."""
    code = _encode(model, images)
    centre, directions = _frame(code.mean.double().numpy())
    arrays = {"points": code.mean[points], "centre": centre, "directions": directions}
    if code.log_variance is not None:
        arrays["deviations"] = torch.exp(0.5 * code.log_variance[points])
    return {name: np.asarray(array, np.float32) for name, array in arrays.items()}


def _encode(model: AE, images: NDArray[np.uint8]) -> Code:
    codes = [model.encode(as_pixels(chunk)) for chunk in torch.from_numpy(images).split(CHUNK)]
    means, log_variances = zip(*codes, strict=True)
    return Code(torch.cat(means), torch.cat(log_variances) if model.variational else None)


def _frame(codes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the centre of (N, L) codes and the directions through it, see `ModelFile`."""
    if codes.shape[1] == 2:
        directions = np.diag(codes.std(axis=0))
    else:
        variances, columns = np.linalg.eigh(np.cov(codes.T, bias=True))
        directions = (columns * np.sqrt(variances.clip(min=0))).T[::-1]
        # Either sign would do; the same one each time keeps the bytes the same.
        largest = np.abs(directions).argmax(axis=1, keepdims=True)
        directions = directions * np.sign(np.take_along_axis(directions, largest, axis=1))
    return codes.mean(axis=0), directions


def _pack(arrays: Arrays) -> tuple[bytes, dict[str, manifest.Tensor]]:
    """Lay arrays out one after the other, each at an offset at which typed arrays can begin."""
    content = bytearray()
    tensors = {}
    for name, array in arrays.items():
        content += bytes(-len(content) % 4)
        tensors[name] = manifest.Tensor(
            dtype=array.dtype.name,
            shape=array.shape,
            offset=len(content),
            scale=_scale(name) if _scale(name) in arrays else None,
        )
        content += array.astype(array.dtype.newbyteorder("<")).tobytes()
    return bytes(content), tensors
