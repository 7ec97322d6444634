"""What pages may say of the latent explorer."""

from pathlib import Path
from typing import Any

from vae_report.site.values import load_json


def explorer_facts(manifest: Path) -> dict[str, Any] | None:
    """Say what the explorer shows, and what a reader's browser loads for it; none without one.

    Args:
        manifest: of its files.

    Returns:
        `runs`, their names in `report.toml` by model and latent size (`vae-2`), and `bytes`, of
        the manifest, the images and the models of the smallest latent size, which come first.
    """
    if not manifest.exists():
        return None
    content = load_json(manifest, "models", "images")
    smallest = min(model["latent"] for model in content["models"])
    first = [model for model in content["models"] if model["latent"] == smallest]
    sizes = [file["bytes"] for file in (content["images"], *first)]
    return {
        "runs": {Path(model["file"]).stem: model["run"] for model in content["models"]},
        "bytes": manifest.stat().st_size + sum(sizes),
    }
