"""The findings of the report: each a sentence, and a function of the results that decides it.

A new claim is a function under `@Claim(...).decided_by`, in a module that is imported here.
"""

from pathlib import Path

# The order of imports is that in which the report makes its claims.
# isort: off
from vae_report.claims import training  # noqa: F401
from vae_report.claims import reconstruction  # noqa: F401
from vae_report.claims import latent_space  # noqa: F401
from vae_report.claims import samples  # noqa: F401
from vae_report.claims import tradeoffs  # noqa: F401
from vae_report.claims import autoencoder  # noqa: F401

# isort: on
from vae_report.claims.claim import CLAIMS, Claim, Decision, Effect, decide, decision
from vae_report.engine.files import write_json
from vae_report.results import Results

__all__ = ["CLAIMS", "Claim", "Decision", "Effect", "decide", "decision", "write_claims"]


def write_claims(results: Results, path: Path) -> None:
    """Decide every claim, and write what comes out as JSON.

    Raises:
        ReportError: an effect is not finite, or the file cannot be written.
    """
    write_json(path, {"claims": [each.model_dump(mode="json") for each in decide(results)]})
