"""Claims, each a sentence and a function of the results that decides it.

A new claim is a function under `@Claim(...).decided_by` in a module of `report.claims`.
"""

from pathlib import Path

from vae_report.claims.claim import Claim, Decision, Effect, claims, decide
from vae_report.engine.files import write_json
from vae_report.results import Results

__all__ = ["Claim", "Decision", "Effect", "claims", "decide", "write_claims"]


def write_claims(results: Results, path: Path) -> None:
    """Decide every claim, and write what comes out as JSON.

    Raises:
        ReportError: an effect is not finite, or the file cannot be written.
    """
    write_json(path, {"claims": [each.model_dump(mode="json") for each in decide(results)]})
