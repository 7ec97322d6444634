"""What a claim is, and how measurements decide it: one rule for all."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from vae_report.errors import ReportError
from vae_report.metrics import Interval
from vae_report.results import NotMeasured, Results

Verdict = Literal["supported", "contradicted", "inconclusive", "not measured in this profile"]


@dataclass(frozen=True)
class Effect:
    """What one comparison finds.

    Attributes:
        estimate: in the unit of the claim.
        interval: about it.
        runs: names of those that are compared.
        uncertainty: what the interval is, in words.
    """

    estimate: float
    interval: Interval
    runs: tuple[str, ...]
    uncertainty: str


Comparisons = Callable[[Results], Sequence[Effect]]


class Claim(BaseModel):
    """A sentence of the report that a measurement can refute.

    Attributes:
        id: by which pages name it.
        statement: the sentence.
        measure: what the effect is, for a reader.
        unit: of effect and threshold; empty for shares, ratios and correlations.
        direction: the side of the threshold on which the claim holds.
        threshold: of the effect, set before anything was measured.
        reason: for that threshold.
        figure: name of the one that shows the effect.

    Raises:
        ReportError: the threshold has no reason.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    id: str
    statement: str
    measure: str
    unit: str = ""
    direction: Literal["above", "below"]
    threshold: float
    reason: str
    figure: str

    def model_post_init(self, context: Any) -> None:  # noqa: ANN401  # as pydantic has it
        """Refuse a threshold that nobody gave a reason for."""
        if not self.reason.strip():
            raise ReportError(
                f"claim '{self.id}': its threshold of {self.threshold:g} has no reason; give one "
                "where the claim is made."
            )

    def decided_by(self, compare: Comparisons) -> Comparisons:
        """Make this claim one of the report's, and a function what decides it.

        The function finds the effect of each comparison on which the claim rests, at least one; the
        claim holds if it holds in all of them.
        """
        CLAIMS[self.id] = self, compare
        return compare

    def weigh(self, effects: Sequence[Effect]) -> dict[str, Any]:
        """Weigh effects against the threshold.

        The least favourable counts: as the estimate, and as each end of the interval. So the claim
        is supported if every comparison supports it, and contradicted if one contradicts it.

        Returns:
            What a `Decision` adds to its claim.

        Raises:
            ReportError: an effect is not finite.
        """
        for effect in effects:
            found = effect.estimate, *effect.interval
            if not all(map(math.isfinite, found)):
                raise ReportError(
                    f"claim '{self.id}': its effect {found} is not finite; look at what was "
                    f"measured of {', '.join(effect.runs)}."
                )
        least = min if self.direction == "above" else max
        worst = least(effects, key=lambda effect: effect.estimate)
        lower, upper = (least(ends) for ends in zip(*(e.interval for e in effects), strict=True))
        if lower <= self.threshold <= upper:
            verdict = "inconclusive"
        else:
            side = "above" if lower > self.threshold else "below"
            verdict = "supported" if side == self.direction else "contradicted"
        uncertainty = worst.uncertainty
        if len(effects) > 1:
            uncertainty += (
                f"; the least favourable of {len(effects)} comparisons ({', '.join(worst.runs)})"
            )
        return {
            "verdict": verdict,
            "effect": worst.estimate,
            "interval": (lower, upper),
            "runs": tuple(dict.fromkeys(run for effect in effects for run in effect.runs)),
            "uncertainty": uncertainty,
        }


class Decision(Claim):
    """A claim and what was measured of it, as `claims.json` holds it.

    Attributes:
        verdict: whether the interval lies on the claim's side of the threshold, on the other, or
            on both.
        effect: the least favourable one; like its interval, none where it was not measured.
        interval: about it.
        runs: names of all that were compared.
        uncertainty: what the interval is, in words.
        missing: what this profile lacks where it was not measured.
    """

    verdict: Verdict
    effect: float | None = None
    interval: Interval | None = None
    runs: tuple[str, ...] = ()
    uncertainty: str | None = None
    missing: str | None = None


CLAIMS: dict[str, tuple[Claim, Comparisons]] = {}


def decide(results: Results) -> list[Decision]:
    """Decide every claim, in the order in which the report makes them.

    Raises:
        ReportError: an effect is not finite; names the claim.
    """
    return [decision(identifier, results) for identifier in CLAIMS]


def decision(identifier: str, results: Results) -> Decision:
    """Decide one claim.

    Args:
        identifier: one of `CLAIMS`.
        results: of all runs.

    Raises:
        ReportError: as `decide`.
    """
    claim, compare = CLAIMS[identifier]
    try:
        found = claim.weigh(compare(results))
    except NotMeasured as lack:
        found = {"verdict": "not measured in this profile", "missing": str(lack)}
    return Decision(**claim.model_dump(), **found)
