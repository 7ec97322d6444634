"""The claim of this report."""

from vae_report.claims import Claim, Effect
from vae_report.claims.comparing import mean
from vae_report.results import Results


@Claim(
    id="neighbours-agree",
    statement="Images whose codes lie close together are mostly of one class.",
    measure="Share of test images whose label is that of most of the nearest encoded training "
    "images.",
    direction="above",
    threshold=0.5,
    reason="At half of the images the neighbours say as often what is wrong as what is right.",
    figure="samples",
).decided_by
def neighbours_agree(results: Results) -> list[Effect]:
    """Ask the nearest neighbours."""
    return [mean(run, "knn_correct") for run in results.main_runs()]
