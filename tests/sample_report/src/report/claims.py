"""A claim that every data set decides, and one that few do."""

from vae_report.claims import Claim, Effect
from vae_report.claims.comparing import (
    difference_of_groups,
    in_classes,
    over_seeds,
    pairs,
    ratio,
    values,
)
from vae_report.results import Results


@Claim(
    id="ae-errs-less",
    statement="An AE reconstructs with a smaller squared error than the VAE of its size.",
    measure="Mean squared error of the AE over that of the VAE.",
    direction="below",
    threshold=1,
    reason="At 1 the two err alike.",
    figure="losses",
).decided_by
def ae_errs_less(results: Results) -> list[Effect]:
    """Compare errors wherever the two differ in nothing but the KL term."""
    return [ratio(ae, vae, "test_mse") for ae, vae in pairs(results, "model", "ae", "vae")]


@Claim(
    id="trousers-are-easy",
    statement="Trousers are reconstructed with a larger SSIM than all else.",
    measure="SSIM of trousers less that of other images.",
    direction="above",
    threshold=0,
    reason="At 0 they are like all else.",
    figure="samples",
).decided_by
def trousers_are_easy(results: Results) -> list[Effect]:
    """Compare trousers with all else."""
    trousers = in_classes(results, ["Trouser"])
    return [
        over_seeds(
            [run],
            lambda each: difference_of_groups(each, values(each, "test_ssim"), trousers, ~trousers),
        )
        for run in results.main_runs(variational=True)
    ]
