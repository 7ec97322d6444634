"""A report in miniature: made-up results on the pages of the report that is in force."""

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

from small_report import IN_FORCE, REPOSITORY, write_configuration
from vae_report.claims.claim import Comparison, Decision
from vae_report.engine.view import publish
from vae_report.measurements import declared
from vae_report.site.notebook import execute_notebook

DESKTOP = {"width": 1280, "height": 900}

INDEX = r"""---
title: A small report
---

# A small report

The 2-D VAE needs {{ runs["vae-2"].test.negative_elbo | nats }} on a test image; $\beta = 1$.

## The objective {#objective}

$$
\log p_\theta(x) \ge \mathbb{E}_{q_\phi(z \mid x)}[\log p_\theta(x \mid z)]
  - \mathrm{KL}\left(q_\phi(z \mid x) \,\|\, p(z)\right) = \mathcal{L}(\theta, \phi; x)
\label{evidence lower bound}
$$

In closed form the second term of $\eqref{evidence lower bound}$, with \(d\) dimensions, is

\begin{align}
\mathrm{KL} &= -\tfrac12 \sum_{j=1}^d \left(1 + \log\sigma_j^2 - \mu_j^2 - \sigma_j^2\right) \\
&= \tfrac12 \sum_{j=1}^d \left(\mu_j^2 + \sigma_j^2 - 1 - \log\sigma_j^2\right).
\end{align}

`$x$` and the following are code:

```python
price = "$5"  # \(not a formula\)
```

## Results

{{ figure_reference("loss") }} shows the loss, in $\log_{10}$ steps.

{{ figure("loss", caption="Loss of `vae-2`, ending at " ~ (runs["vae-2"].test.bce | number(1))
  ~ ", over $\beta$ and $\frac{\nu_{a_{b}}}{2}$.") }}

{{ figure("embedding", caption="What this profile leaves out.") }}

{{ metrics_table(caption="The main runs, in *nats* per image.") }}

## Findings

{{ claim("vae-is-smoother") }} So is every average.

- {{ claim("vae-samples-pass") }} They are
  {{ verdict("vae-levels-off") }} in the end; the effect is
  {{ claims["vae-samples-pass"].effect | number(2) }}.

## Names

Kullback–Leibler divergence, Fréchet distance, reparameterization; Trouser, Ankle boot.
"""

WALKTHROUGH = r"""# ---
# jupyter:
#   description: A small walk.
# ---

# %% [markdown]
# # A walk
#
# ## First steps
#
# Inline $x_i < y$, not `$code$`, and it costs \$5.
#
# $$\sum_i x_i$$
#
# \begin{align}
# a &= b
# \end{align}

# %%
print("$not a formula$ and \\frac{1}{2}")

# %% alt="A white square"
import base64
from IPython.display import Image
Image(data=base64.b64decode("{image}"))
"""


def _png(path: Path, colour: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (800, 400), colour).save(path)
    return path


def _split(offset: float, *, bounded: bool) -> dict[str, float | None]:
    return {
        "negative_elbo": 250.123 + offset if bounded else None,
        "bce": 240.5 + offset,
        "kl": 9.623 if bounded else None,
        "mean_decoded_loss": 249.0 + offset,
        "mse": 0.0213,
        "psnr": 18.2,
        "ssim": 0.712,
        "sharpness": 0.312,
    }


SAMPLES = {
    "frechet": 12.5,
    "frechet_interval": (12.1, 12.9),
    "kernel": -0.0012,
    "kernel_error": 0.0003,
    "density": 0.81,
    "coverage": 0.42,
    "realistic": 0.5,
    "confidence": 0.83,
    "recognised": 0.55,
    "recognised_interval": (0.53, 0.57),
    "class_entropy": 0.41,
    "class_balance": 0.93,
    "sharpness": 0.4,
    "sharpness_interval": (0.38, 0.42),
}


def _run(kind: str, latent: int, learning_rate: float = 2e-3, seed: int = 0) -> dict[str, object]:
    bounded = kind == "vae"
    diverged = learning_rate > 0.1
    interval = (0.7, 0.8)
    measured = {
        "validation": _split(0.0, bounded=bounded),
        "test": _split(1.5 + seed - latent, bounded=bounded),
        "evidence": {"bound": 246.0, "draws": 200} if bounded else None,
        "latent_space": {
            "active_units": latent if bounded else None,
            "kl_by_dimension": (1.5,) * latent if bounded else None,
            "knn_accuracy": 0.75,
            "knn_interval": interval,
            "probe_accuracy": 0.76,
            "probe_interval": interval,
            "silhouette": -0.02,
            "silhouette_interval": interval,
            "prior_distance": 0.4,
        },
        "recognition": {
            "label_kept": 0.75,
            "label_kept_interval": interval,
            "path_confidence": 0.71,
            "path_confidence_interval": interval,
            "path_realism": 0.72,
            "path_realism_interval": interval,
        },
        "samples": SAMPLES,
        "mixture_samples": None if bounded else SAMPLES,
    }
    return dict(
        kind=kind,
        label=kind.upper(),
        variational=bounded,
        latent=latent,
        likelihood="bernoulli",
        beta=1.0 if bounded else None,
        learning_rate=learning_rate,
        seeds=(seed, seed + 1, seed + 2),
        parameters=1_068_820,
        epochs=1 if diverged else 20,
        seconds=41.2,
        diverged=diverged,
        **(dict.fromkeys(measured) if diverged else measured),
    )


HEADLINE = {f"{kind}-{latent}": _run(kind, latent) for kind in ("vae", "ae") for latent in (2, 16)}
OTHERS = {f"seeds-vae-16-{seed}": _run("vae", 16, seed=seed) for seed in range(1, 30)}
DIVERGED = "learning-rate-0.2"
RUNS = HEADLINE | {DIVERGED: _run("vae", 16, learning_rate=0.2)} | OTHERS

BASELINES = {
    "classifier": {
        "accuracy": 0.913,
        "accuracy_interval": (0.907, 0.919),
        "recall": (0.9,) * 10,
        "parameters": 20_490,
        "epochs": 4,
        "seconds": 20.0,
    },
    "samples": dict.fromkeys(("real", "noise", "pca-2", "pca-16"), SAMPLES),
}

METRICS = {
    "columns": declared(),
    "runs": RUNS,
    "replicates": {
        name: [run | {"seeds": (seed,)} for seed in run["seeds"]] for name, run in RUNS.items()
    },
    "headline": list(HEADLINE),
    "sweeps": {"learning-rate": [DIVERGED], "seeds": list(OTHERS)},
    "baselines": BASELINES,
    "baseline_replicates": [BASELINES] * 3,
}


COMPARISONS = tuple(
    Comparison(runs=(run,), effect=effect, interval=interval, deviation=0.009, seeds=5, holds=holds)
    for run, effect, interval, holds in (
        ("vae-2", 0.412, (0.401, 0.424), True),
        ("vae-16", 0.312, (0.301, 0.324), True),
    )
)


def claim(identifier: str, statement: str, verdict: str, **values: object) -> dict[str, object]:
    """A claim about samples, as `claims.json` holds it."""
    made_up = {
        "id": identifier,
        "statement": statement,
        "verdict": verdict,
        "verdict_after_holm": verdict,
        "effect": 0.312,
        "interval": (0.301, 0.324),
        "threshold": 0.05,
        "reason": "Less than this cannot be told apart by eye.",
        "figure": "loss",
        "measure": "Share of samples that are recognised, less that of noise.",
        "unit": "of the samples",
        "direction": "above",
        "margin": 29.1,
        "p_value": 0.0002,
        "comparisons": COMPARISONS,
        "least": 1,
        "over": "samples",
    }
    return Decision.model_validate(made_up | values).model_dump(mode="json")


CLAIMS = {
    "claims": [
        claim("vae-is-smoother", "The VAE’s samples are smoother than real images.", "supported"),
        claim(
            "vae-samples-pass",
            "The VAE’s samples pass for real ones with every reader of this report.",
            "contradicted",
            effect=-1234.567,
            interval=(-1250.0, -1219.0),
            threshold=0.0,
            unit="nats",
        ),
        claim(
            "vae-levels-off",
            "Beyond some size, dimensions stop helping the VAE.",
            "inconclusive",
            direction="below",
            effect=0.052,
            interval=(0.04, 0.065),
            unit="",
        ),
        claim(
            "warm-up-delays-collapse",
            "A warm-up of the KL term delays the collapse.",
            "not measured in this profile",
            effect=None,
            interval=None,
            margin=None,
            p_value=None,
            comparisons=(),
            least=None,
            over="",
            missing="no two runs differ only in kl_warmup, 0 and 0.5, in this profile",
        ),
    ]
}

PROVENANCE = {
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "date": "2026-01-02T03:04:05+00:00",
    "modified": True,
    "profile": "quick",
    "device": "cpu",
    "processors": ["Brand 1, AVX2", "Brand 2, AVX512"],
    "processors_of": {"vae-2": "Brand 1, AVX2", "ae-2": "Brand 2, AVX512"},
    "data": {
        "name": "Made-up clothes",
        "side": 28,
        "digest": "ab" * 32,
        "verified": False,
    },
    "versions": {"python": "3.11.7", "torch": "2.13.0"},
}


def write_sources(root: Path) -> Path:
    """Lay out what a site is built from: its pages but the first, and made-up results."""
    write_configuration(root)
    shutil.copy(IN_FORCE / "report.toml", root)
    for name in ("assets", "scripts", "package-lock.json", "node_modules"):
        (root / name).symlink_to(REPOSITORY / name)
    shutil.copytree(IN_FORCE / "docs", root / "docs", ignore=lambda *_: ["assets"])
    assets = root / "docs" / "assets"
    _png(assets / "figures" / "loss.light.png", "#eeeeff")
    _png(assets / "figures" / "loss.dark.png", "#222244")
    (root / "docs" / "index.md").write_text(INDEX, encoding="utf-8")
    loss = {
        "light": "loss.light.png",
        "dark": "loss.dark.png",
        "width": 400,
        "height": 200,
        "alt": 'A "loss" that falls & levels off at $5.',
        "data": "loss.csv",
        "runs": ["vae-2", *OTHERS],
    }
    for name, content in (
        ("figures/loss.json", loss),
        ("figures/embedding.json", {"not_measured": "no run has more than two dimensions"}),
        ("figures/latent_manifold.json", {"not_measured": "no run has two dimensions"}),
        ("figures/samples.json", {"not_measured": "no run draws any"}),
        ("metrics.json", METRICS),
        ("claims.json", CLAIMS),
        ("provenance.json", PROVENANCE),
        ("card.json", {}),
    ):
        (assets / name).write_text(json.dumps(content), encoding="utf-8")
    (assets / "figures" / "loss.csv").write_text("epoch,loss\n1,250.1\n", encoding="utf-8")
    (assets / "metrics.csv").write_text("run,kind\nvae-2,vae\n", encoding="utf-8")
    return root


def write_walkthrough(root: Path) -> None:
    """Execute a small notebook into its place."""
    image = base64.b64encode(_png(root / "square.png", "white").read_bytes()).decode()
    source = root / "docs" / "walkthrough.py"
    source.write_text(WALKTHROUGH.replace("{image}", image), encoding="utf-8")
    notebook = execute_notebook(source, root)
    (root / "docs" / "assets" / "walkthrough.ipynb").write_bytes(notebook)


def seal(root: Path) -> None:
    """Take whatever lies in the assets for what was published there."""
    assets = root / "docs" / "assets"
    found = (path for path in assets.rglob("*") if path.is_file())
    files = [path for path in found if path.name != "published.json"]
    publish({path.relative_to(assets).as_posix(): path for path in files}, assets)


def mkdocs_build(
    root: Path, *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Build the site as a user does, from assets as if a build had published them."""
    seal(root)
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", *arguments],
        cwd=root,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
