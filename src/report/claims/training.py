"""Claims about training itself."""

import numpy as np
from numpy.typing import NDArray

from vae_report.claims.claim import Claim, Effect
from vae_report.claims.comparing import Finding, over_seeds
from vae_report.results import NotMeasured, Replicate, Results

_LAST_PART = 4


@Claim(
    id="training-levels-off",
    statement="The training loss falls and levels off, for the VAE and for the AE.",
    measure="Share of the whole fall of the training loss, from the first epoch to the last, that "
    "the last quarter of the epochs brings; a loss that does not fall counts as 1. The model "
    "that has levelled off least.",
    direction="below",
    threshold=0.05,
    reason="A quarter of the epochs would bring a quarter of the fall if the loss fell evenly; "
    "what brings less than a fifth of that has levelled off.",
    figure="vae_train_loss",
).decided_by
def training_levels_off(results: Results) -> list[Effect]:
    """Look for a fall at the end of training."""

    def late_share(run: Replicate) -> Finding:
        losses = _losses(run, "train")
        # A run that diverged may have few epochs too, but its loss did not fall.
        if len(losses) < _LAST_PART and not run.metrics.diverged:
            raise NotMeasured(f"training is shorter than {_LAST_PART} epochs in this profile")
        late = losses[-1 - len(losses) // _LAST_PART] - losses[-1]
        return Finding(_share(late, losses))

    return [over_seeds([run], late_share) for run in results.main_runs()]


@Claim(
    id="validation-follows-training",
    statement="The validation loss follows the training loss down, for the VAE and for the AE.",
    measure="Gap between validation and training loss in the last epoch, as a share of the fall of "
    "the training loss since the first; a loss that does not fall counts as 1. The model "
    "with the widest gap.",
    direction="below",
    threshold=0.1,
    reason="Nine tenths of what training gains then carry over to images that it has not seen.",
    figure="vae_val_loss",
).decided_by
def validation_follows_training(results: Results) -> list[Effect]:
    """Look for a gap between training and validation images."""

    def gap(run: Replicate) -> Finding:
        training = _losses(run, "train")
        return Finding(_share(_losses(run, "validation")[-1] - training[-1], training))

    return [over_seeds([run], gap) for run in results.main_runs()]


@Claim(
    id="high-learning-rate-destabilises",
    statement="Too high a learning rate makes training oscillate or diverge.",
    measure="How far the loss climbs back above its own lowest value, as a share of all that the "
    "run at the report's learning rate gains; divergence counts as 1. That of the run with the "
    "highest learning rate less that of the usual run, the mean of training and validation loss.",
    direction="above",
    threshold=0.1,
    reason="Losing a tenth of all that there is to gain, after having gained it, is more than the "
    "noise of an epoch.",
    figure="learning_rates",
).decided_by
def high_learning_rate_destabilises(results: Results) -> list[Effect]:
    """Compare the highest learning rate with the usual one."""
    runs = results.members("learning-rate")
    usual_rate = results.main_runs(variational=True)[0].settings.learning_rate
    usual = results.members("learning-rate", learning_rate=usual_rate)[0]
    highest = max(runs, key=lambda run: run.settings.learning_rate)

    def relapse(run: Replicate, usual: Replicate, split: str) -> float:
        if run.metrics.diverged:
            return 1.0
        losses = _losses(run, split)
        climb = np.max(losses - np.minimum.accumulate(losses))
        return _share(climb, _losses(usual, split))

    def find(one: Replicate, other: Replicate) -> Finding:
        readings = [
            relapse(one, other, split) - relapse(other, other, split)
            for split in ("train", "validation")
        ]
        return Finding(float(np.mean(readings)))

    # A run diverges or not, and if all seeds did, another one still might not.
    step = float(any(each.metrics.diverged for each in highest.replicates))
    return [over_seeds([highest, usual], find, resolution=step, limits=(-1, 1))]


def _losses(run: Replicate, split: str) -> NDArray[np.float64]:
    """Return what a run minimises, after each epoch."""
    loss = "negative_elbo" if run.metrics.beta is not None else "bce"
    losses: NDArray[np.float64] = run.history[f"{split}_{loss}"].to_numpy()
    return losses


def _share(part: float, losses: NDArray[np.float64]) -> float:
    """Divide a difference of losses by their whole fall, up to 1."""
    fall = losses[0] - losses[-1]
    return min(1.0, float(part / fall)) if fall > 0 else 1.0
