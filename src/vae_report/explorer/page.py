"""The latent explorer as pages show and describe it."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_report.site.templates import render
from vae_report.site.values import load_json

_PACKAGE = "vae_report.explorer"


def explorer_facts(manifest: Path) -> dict[str, Any] | None:
    """Describe what the explorer shows and a reader's browser loads; none without an explorer.

    Args:
        manifest: The path of its manifest.

    Returns:
        The names of `runs` in `report.toml` by model and latent size (`vae-2`); the `bytes` of the
        manifest, the images and the models of the smallest latent size, which come first; the
        latent `sizes`; the `kinds` of models, `vae` and perhaps `ae`; the names of the `classes`;
        and `side`, the number of pixels on a side of an image.
    """
    if not manifest.exists():
        return None
    content = load_json(manifest, "models", "images", "classes", "side")
    sizes = sorted({model["latent"] for model in content["models"]})
    first = [model for model in content["models"] if model["latent"] == sizes[0]]
    loaded = [file["bytes"] for file in (content["images"], *first)]
    return {
        "runs": {Path(model["file"]).stem: model["run"] for model in content["models"]},
        "bytes": manifest.stat().st_size + sum(loaded),
        "sizes": sizes,
        "kinds": sorted({model["kind"] for model in content["models"]}),
        "classes": content["classes"],
        "side": content["side"],
    }


POSTER = 400
"""The length of a side of the poster, in its own units."""

_REACH = 3.2
"""Standard deviations from its middle to an edge, as in `plane.js`, which takes its place."""


def poster(folder: Path) -> list[str]:
    """Draw the first VAE's codes as its plane will show them, for display until it runs.

    Args:
        folder: The folder of the explorer's files.

    Returns:
        A path of SVG for each class, with a dot for each code.
    """
    manifest = load_json(folder / "manifest.json", "models", "images", "classes")
    vaes = [model for model in manifest["models"] if model["kind"] == "vae"]
    if not vaes:
        return []
    vae = min(vaes, key=lambda model: int(model["latent"]))
    points, centre, directions = (
        _tensor(folder, vae, name) for name in ("points", "centre", "directions")
    )
    plane = directions[:2]
    deviations = (points - centre) @ plane.T / np.square(plane).sum(axis=1)
    dots = np.rint((deviations * (1, -1) / _REACH + 1) * POSTER / 2).astype(int)
    labels = _tensor(folder, manifest["images"], "point_labels")
    return [
        "".join(f"M{x} {y}h0" for x, y in dots[labels == label])
        for label in range(len(manifest["classes"]))
    ]


def _tensor(folder: Path, file: Mapping[str, Any], name: str) -> NDArray[Any]:
    tensor = file["tensors"][name]
    kind = np.dtype(tensor["dtype"]).newbyteorder("<")
    content = (folder / file["file"]).read_bytes()
    count = math.prod(tensor["shape"])
    return np.frombuffer(content, kind, count, tensor["offset"]).reshape(tensor["shape"])


class ExplorerPage:
    """The explorer and its preview, laid out before their scripts run, so that nothing moves.

    Args:
        folder: The folder of the explorer's files.
        facts: The facts of the explorer; none if the profile has no explorer.
        address: A function from an address within the site to one relative to the page.
    """

    def __init__(
        self, folder: Path, facts: Mapping[str, Any] | None, address: Callable[[str], str]
    ) -> None:
        self._folder = folder
        self._facts = facts
        self._address = address

    def show(self) -> str:
        """Lay out the explorer, or say that there is none."""
        return self._rendered("page.html") or render("none.html", _PACKAGE)

    def preview(self) -> str:
        """Lay out its preview, which links to the page; nothing if there is no explorer."""
        return self._rendered("preview.html")

    def _rendered(self, template: str) -> str:
        if self._facts is None:
            return ""
        return render(
            template,
            _PACKAGE,
            address=self._address,
            poster=lambda: poster(self._folder),
            poster_side=POSTER,
            **self._facts,
        )
