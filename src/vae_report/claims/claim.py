"""Claims, and the one rule by which measurements decide them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from vae_report.errors import ReportError
from vae_report.registry import found, load
from vae_report.results import NotMeasured, Results
from vae_report.results.metrics import Interval
from vae_report.results.uncertainty import LEVEL, Estimate

Verdict = Literal["supported", "contradicted", "inconclusive", "not measured in this profile"]


@dataclass(frozen=True)
class Effect:
    """The effect that one comparison finds.

    Attributes:
        estimate: The estimate in the unit of the claim.
        runs: The names of the runs that are compared.
        over: The words for what it averages over besides seeds; empty if it averages nothing else.
    """

    estimate: Estimate
    runs: tuple[str, ...]
    over: str = ""


Comparisons = Callable[[Results], Sequence[Effect]]


class Claim(BaseModel):
    """A sentence of the report that a measurement can refute.

    Attributes:
        id: The identifier by which pages name it.
        statement: The sentence.
        measure: The words that explain the effect to a reader.
        unit: The unit of effect and threshold; empty for shares, ratios and correlations.
        direction: The side of the threshold on which the claim holds.
        threshold: The threshold of the effect, set before anything was measured.
        reason: The reason for that threshold.
        figure: The name of the figure that shows the effect.

    Raises:
        ReportError: The threshold has no reason.
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
        """Refuse a threshold without a reason."""
        if not self.reason.strip():
            raise ReportError(
                f"claim '{self.id}': its threshold of {self.threshold:g} has no reason; give one "
                "where the claim is made."
            )

    def decided_by(self, compare: Comparisons) -> "DecidableClaim":
        """Add this claim to the report, decided by a function.

        The function returns the effects of the comparisons on which the claim rests, at least one;
        the claim holds if it holds in all of them.
        """
        return DecidableClaim(self, compare)

    def weigh(self, effects: Sequence[Effect]) -> dict[str, Any]:
        """Weigh effects against the threshold.

        The least favourable effect counts. All comparisons must support a claim; each may do so at
        the full level, since the claim fails if one of them does (Berger 1982,
        doi:10.2307/1267823). One comparison is enough to contradict it, which with many would
        happen by chance, so the level of that side of the interval is corrected for their number
        (Bonferroni).

        Returns:
            The fields that a `Decision` adds to its claim.

        Raises:
            ReportError: An effect is not finite.
        """
        for effect in effects:
            # The ends of its interval are no test: limits of the values make them finite.
            value, reach = effect.estimate.value, effect.estimate.half_width()
            if not math.isfinite(value + reach):
                raise ReportError(
                    f"claim '{self.id}': its effect {value:g} ± {reach:g} is not finite; look at "
                    f"what was measured of {', '.join(effect.runs)}."
                )
        # With the sign turned so that more is better, the least effect is the least favourable.
        turn = 1 if self.direction == "above" else -1
        corrected = 1 - (1 - LEVEL) / len(effects)

        def ends(effect: Effect, level: float = LEVEL) -> tuple[float, float]:
            least, most = sorted(turn * end for end in effect.estimate.interval(level))
            return least, most

        worst = min(effects, key=lambda effect: turn * effect.estimate.value)
        least = min(ends(effect)[0] for effect in effects)
        most = min(ends(effect, corrected)[1] for effect in effects)
        threshold = turn * self.threshold
        verdict = "inconclusive"
        if least > threshold:
            verdict = "supported"
        elif most < threshold:
            verdict = "contradicted"
        wrong = (turn * (each.estimate.value - self.threshold) < 0 for each in effects)
        p_values = [each.estimate.p_value(self.threshold) for each in effects]
        against = [p for p, contrary in zip(p_values, wrong, strict=True) if contrary]
        estimate = worst.estimate
        return {
            "verdict": verdict,
            "effect": estimate.value,
            "interval": (least, most) if turn > 0 else (-most, -least),
            "margin": _margin(turn * estimate.value - threshold, estimate.deviation),
            "p_value": min(1.0, min(against) * len(effects)) if against else max(p_values),
            "comparisons": [
                Comparison(
                    runs=each.runs,
                    effect=each.estimate.value,
                    interval=each.estimate.interval(),
                    deviation=each.estimate.deviation,
                    seeds=each.estimate.seeds,
                    holds=ends(each)[0] > threshold,
                )
                for each in effects
            ],
            "least": effects.index(worst),
            "over": worst.over,
        }


def _margin(distance: float, deviation: float) -> float | None:
    """Count the standard deviations between seeds in a distance; none if seeds do not differ."""
    # Seeds that agree may differ in the last digit of a mean.
    return distance / deviation if deviation > 1e-9 * abs(distance) else None


class Comparison(BaseModel):
    """One of the comparisons on which a claim rests, as `claims.json` holds it.

    Attributes:
        runs: The names of the runs that are compared.
        effect: The mean over seeds.
        interval: The 95 % interval of the effect, not corrected for the number of comparisons.
        deviation: The standard deviation of the effect between seeds.
        seeds: The number of seeds.
        holds: Whether the whole interval lies on the claim's side of the threshold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    runs: tuple[str, ...]
    effect: float
    interval: Interval
    deviation: float
    seeds: int
    holds: bool


class Decision(Claim):
    """A claim and its verdict, as `claims.json` holds it.

    Attributes:
        verdict: Whether the interval lies on the claim's side of the threshold, on the other, or
            on both.
        verdict_after_holm: The verdict if the error is controlled over all claims of the report.
        effect: The least favourable effect; none, like the next fields, if it was not measured.
        interval: The interval about the effect.
        margin: The number of standard deviations between seeds by which the effect lies on the
            claim's side of the threshold; negative on the other side; none where the seeds do not
            differ.
        p_value: The two-sided p-value of the verdict, corrected for the number of comparisons
            where one comparison alone could decide it.
        comparisons: The comparisons on which the claim rests, each by itself.
        least: The number of the least favourable comparison, counted from 0.
        over: The words for what the effect averages over besides seeds.
        missing: The description of what this profile lacks if the claim was not measured.
    """

    verdict: Verdict
    verdict_after_holm: Verdict
    effect: float | None = None
    interval: Interval | None = None
    margin: float | None = None
    p_value: float | None = None
    comparisons: tuple[Comparison, ...] = ()
    least: int | None = None
    over: str = ""
    missing: str | None = None


@dataclass(frozen=True)
class DecidableClaim:
    """A claim, and the function that makes its comparisons."""

    claim: Claim
    compare: Comparisons

    def decide(self, results: Results) -> Decision:
        """Decide the claim by itself.

        Raises:
            ReportError: An effect is not finite.
        """
        try:
            weighed = self.claim.weigh(self.compare(results))
        except NotMeasured as lack:
            weighed = {"verdict": "not measured in this profile", "missing": str(lack)}
        return Decision(**self.claim.model_dump(), **weighed, verdict_after_holm=weighed["verdict"])


def claims() -> dict[str, DecidableClaim]:
    """Return every claim of the report, by its identifier.

    Raises:
        ReportError: Two claims have the same identifier.
    """
    known: dict[str, DecidableClaim] = {}
    for name in found("Claim", "claims").values():
        each: DecidableClaim = load(name)
        if each.claim.id in known:
            raise ReportError(f"{name}: another claim is called '{each.claim.id}' too; rename one.")
        known[each.claim.id] = each
    return known


def decide(results: Results) -> list[Decision]:
    """Decide every claim.

    Raises:
        ReportError: An effect is not finite; the message names the claim.
    """
    return after_holm([claim.decide(results) for claim in claims().values()])


def after_holm(decisions: Sequence[Decision]) -> list[Decision]:
    """Find which verdicts stand if the chance of any error among all claims is kept at 5 %.

    This is the method of Holm 1979 (Scandinavian Journal of Statistics 6, 65-70). From the smallest
    p-value on, the level is divided by the number of remaining claims, until a claim fails; it and
    the remaining ones are inconclusive.
    """
    measured = sorted(
        (each for each in decisions if each.p_value is not None), key=lambda each: each.p_value or 0
    )
    stands = set()
    for rank, each in enumerate(measured):
        assert each.p_value is not None
        if each.p_value > (1 - LEVEL) / (len(measured) - rank):
            break
        stands.add(each.id)
    return [
        each
        if each.id in stands or each.p_value is None
        else each.model_copy(update={"verdict_after_holm": "inconclusive"})
        for each in decisions
    ]
