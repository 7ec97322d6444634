"""The latent explorer, as pages show it and speak of it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vae_report.site.templates import render
from vae_report.site.values import load_json


def explorer_facts(manifest: Path) -> dict[str, Any] | None:
    """Say what the explorer shows, and what a reader's browser loads for it; none without one.

    Args:
        manifest: of its files.

    Returns:
        `runs`, their names in `report.toml` by model and latent size (`vae-2`); `bytes`, of
        the manifest, the images and the models of the smallest latent size, which come first;
        `sizes`, the latent sizes; and `classes`, the names of the labels.
    """
    if not manifest.exists():
        return None
    content = load_json(manifest, "models", "images", "classes")
    sizes = sorted({model["latent"] for model in content["models"]})
    first = [model for model in content["models"] if model["latent"] == sizes[0]]
    loaded = [file["bytes"] for file in (content["images"], *first)]
    return {
        "runs": {Path(model["file"]).stem: model["run"] for model in content["models"]},
        "bytes": manifest.stat().st_size + sum(loaded),
        "sizes": sizes,
        "classes": content["classes"],
    }


class ExplorerPage:
    """The explorer and its smaller form, laid out before their scripts run, so that nothing moves.

    Args:
        facts: of the explorer; none where the profile has no explorer.
        address: turns an address within the site into one from the page.
    """

    def __init__(self, facts: Mapping[str, Any] | None, address: Callable[[str], str]) -> None:
        self._facts = facts
        self._address = address

    def show(self) -> str:
        """Lay out the explorer, or say that there is none."""
        return self._rendered("explorer.html") or render("no_explorer.html")

    def preview(self) -> str:
        """Lay out its smaller form, which links to the page; nothing where there is no explorer."""
        return self._rendered("explorer_preview.html")

    def _rendered(self, template: str) -> str:
        if self._facts is None:
            return ""
        return render(template, address=self._address, **self._facts)
