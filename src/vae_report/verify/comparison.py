"""Two reports side by side: verdicts, numbers, and whether they agree."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from vae_report.claims.claim import Verdict
from vae_report.errors import ReportError
from vae_report.results.metrics import Interval
from vae_report.verify.agreement import LEVEL, Side, compare, too_few_compatible, too_many_far
from vae_report.verify.published import (
    BASELINES,
    Provenance,
    Published,
    PublishedClaim,
    RunNumbers,
)

Change = Literal["opposite", "moved", "same", "only here", "only published"]

_JUDGED = ("recognition.", "samples.", "mixture_samples.")
"""Prefixes of numbers that depend on the classifier, which all runs of a report share."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Report(_Record):
    """One of the two reports.

    Attributes:
        place: The address or folder of its site.
        provenance: The provenance of the report.
    """

    place: str
    provenance: Provenance


class Finding(_Record):
    """A value and its 95 % interval, if it has one; no value if nothing was measured."""

    value: float | None = None
    interval: Interval | None = None


class ClaimComparison(_Record):
    """One claim in both reports.

    Attributes:
        id: The identifier of the claim.
        statement: The sentence of the claim.
        unit: The unit of its effect.
        change: The change of the verdict: `opposite` where one is "supported" and the other
            "contradicted", `moved` where it went to or from "inconclusive" or "not measured in this
            profile".
        here: The verdict here.
        published: The verdict as published.
        effect_here: The effect that was found here.
        effect_published: The effect as published.
        compatible: Whether the interval of the effects' difference contains zero; none if either
            is missing.
    """

    id: str
    statement: str
    unit: str
    change: Change
    here: Verdict | None
    published: Verdict | None
    effect_here: Finding
    effect_published: Finding
    compatible: bool | None


class NumberComparison(_Record):
    """One number of one run in both reports.

    Attributes:
        run: The name of the run.
        number: The path of the number in the run's record.
        judged: Whether the number depends on the classifier.
        here: The mean over seeds here, with Student's interval.
        published: The mean over seeds as published, with Student's interval.
        probability: The probability with which honest builds differ at least so much; none if
            either was trained once.
        compatible: Whether Welch's interval of the difference contains zero.
    """

    run: str
    number: str
    judged: bool
    here: Finding
    published: Finding
    probability: float | None
    compatible: bool | None


class Verification(_Record):
    """The result of a comparison.

    Attributes:
        agrees: Whether there is no failure.
        summary: The result in one sentence.
        failures: The reasons why the reports do not agree.
        here: The report that was made here.
        published: The report that it is compared with.
        differences: Differences in what the two were made from, with and on; these are no failures.
        claims: The claims, opposite verdicts first.
        numbers: The numbers of each run, in the order of the report.
    """

    agrees: bool
    summary: str
    failures: tuple[str, ...]
    here: Report
    published: Report
    differences: tuple[str, ...]
    claims: tuple[ClaimComparison, ...]
    numbers: tuple[NumberComparison, ...]

    @property
    def incompatible(self) -> list[NumberComparison]:
        """The numbers that are not compatible, those furthest apart first."""
        found = [number for number in self.numbers if number.compatible is False]
        return sorted(found, key=lambda number: number.probability or 0)


def verify(here: Published, published: Published) -> Verification:
    """Compare a report that was made here with one that was published.

    Raises:
        ReportError: The reports differ in their images or profile, or have nothing in common.
    """
    mine, theirs = here.provenance, published.provenance
    for what, ours, other in (
        ("the data set", mine.data.digest, theirs.data.digest),
        ("the profile", mine.profile, theirs.profile),
    ):
        if ours != other:
            raise ReportError(
                f"{here.place} and {published.place}: {what} is {ours} here and {other} there, so "
                "nothing of them can be compared; build the same here, or name another report."
            )
    claims = _claims(here.claims, published.claims)
    numbers = _numbers(here.runs, published.runs)
    if not numbers and all(claim.change.startswith("only") for claim in claims):
        raise ReportError(
            f"{here.place} and {published.place}: they have neither a run nor a claim in common; "
            "name another report."
        )
    failures = [
        *_opposite(claims),
        *_too_far_apart(numbers),
        *_contradictions_within(here),
        *_contradictions_within(published),
    ]
    return Verification(
        agrees=not failures,
        summary=_summary(not failures, claims, numbers),
        failures=tuple(failures),
        here=Report(place=here.place, provenance=mine),
        published=Report(place=published.place, provenance=theirs),
        differences=tuple(_differences(here, published)),
        claims=tuple(claims),
        numbers=tuple(numbers),
    )


_ORDER: tuple[Change, ...] = ("opposite", "moved", "only here", "only published", "same")


def _claims(
    here: Mapping[str, PublishedClaim], published: Mapping[str, PublishedClaim]
) -> list[ClaimComparison]:
    names = dict.fromkeys([*published, *here])
    compared = [_claim(name, here.get(name), published.get(name)) for name in names]
    return sorted(compared, key=lambda claim: _ORDER.index(claim.change))


def _claim(
    name: str, here: PublishedClaim | None, published: PublishedClaim | None
) -> ClaimComparison:
    either = here or published
    assert either is not None
    mine, theirs = _effect(here), _effect(published)
    return ClaimComparison(
        id=name,
        statement=either.statement,
        unit=either.unit,
        change=_change(here, published),
        here=here.verdict if here else None,
        published=published.verdict if published else None,
        effect_here=mine,
        effect_published=theirs,
        compatible=_overlap(mine, theirs),
    )


def _change(here: PublishedClaim | None, published: PublishedClaim | None) -> Change:
    if here is None or published is None:
        return "only published" if here is None else "only here"
    verdicts = {here.verdict, published.verdict}
    if len(verdicts) == 1:
        return "same"
    return "opposite" if verdicts == {"supported", "contradicted"} else "moved"


def _effect(claim: PublishedClaim | None) -> Finding:
    return Finding(value=claim.effect, interval=claim.interval) if claim else Finding()


def _overlap(here: Finding, published: Finding) -> bool | None:
    """Tell whether effects are compatible: their facing half-widths add up as errors do."""
    if here.value is None or here.interval is None:
        return None
    if published.value is None or published.interval is None:
        return None
    effects = [(here.value, here.interval), (published.value, published.interval)]
    (less, (_, upper)), (more, (lower, _)) = sorted(effects)
    width = math.hypot(upper - less, more - lower)
    return more - less <= width or math.isclose(less, more)


def _numbers(
    here: Mapping[str, RunNumbers], published: Mapping[str, RunNumbers]
) -> list[NumberComparison]:
    """Compare the numbers that both reports found of a run, all in one go."""
    places, mine, theirs = [], [], []
    for run in [name for name in here if name in published]:
        ours, other = _columns(here[run]), _columns(published[run])
        common = [number for number in ours if number in other]
        # If nothing diverged, that does not count as agreement.
        if not any(ours[_DIVERGED] + other[_DIVERGED]):
            common.remove(_DIVERGED)
        places += [(run, number) for number in common]
        mine += [ours[number] for number in common]
        theirs += [other[number] for number in common]
    if not places:
        return []
    left, right, probabilities = compare(_rectangle(mine), _rectangle(theirs))
    return [
        NumberComparison(
            run=run,
            number=number,
            judged=run == BASELINES or number.startswith(_JUDGED),
            here=_finding(left, row),
            published=_finding(right, row),
            probability=None if math.isnan(probability) else probability,
            compatible=None if math.isnan(probability) else probability >= 1 - LEVEL,
        )
        for row, ((run, number), probability) in enumerate(
            zip(places, probabilities.tolist(), strict=True)
        )
    ]


_DIVERGED = "diverged"


def _columns(run: RunNumbers) -> dict[str, list[float]]:
    """List the replicates of each number; a replicate that diverged has hardly any."""
    columns: dict[str, list[float]] = {_DIVERGED: [float(lost) for lost in run.diverged]}
    for replicate in run.replicates:
        for number, value in replicate.items():
            columns.setdefault(number, []).append(value)
    return columns


def _rectangle(rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Fill rows up with NaN to one length of at least two."""
    filled = np.full((len(rows), max(2, *map(len, rows))), np.nan)
    for target, row in zip(filled, rows, strict=True):
        target[: len(row)] = row
    return filled


def _finding(side: Side, row: int) -> Finding:
    mean, half = float(side.mean[row]), float(side.half_width[row])
    return Finding(value=mean, interval=None if math.isnan(half) else (mean - half, mean + half))


def _opposite(claims: Iterable[ClaimComparison]) -> Iterator[str]:
    for claim in claims:
        if claim.change == "opposite":
            yield f'claim "{claim.id}" is {claim.here} here and {claim.published} as published'


def _too_far_apart(numbers: Sequence[NumberComparison]) -> Iterator[str]:
    """Test whether numbers are compatible as often as their intervals promise.

    Those that depend on the classifier are tested apart: all runs of a report share it, so that
    runs are no independent observations of them.
    """
    known = [number for number in numbers if number.compatible is not None]
    own = [number for number in known if not number.judged]
    by_run: dict[str, list[bool]] = {}
    for number in own:
        by_run.setdefault(number.run, []).append(bool(number.compatible))
    shares = [float(np.mean(found)) for found in by_run.values()]
    if too_few_compatible(shares, [len(found) for found in by_run.values()]):
        yield (
            f"on average over {len(shares)} runs only {np.mean(shares):.1%} of their numbers are "
            f"compatible, which is too seldom where {LEVEL:.0%} are promised"
        )
    judged = [number for number in known if number.judged]
    for group, what in ((own, "of training"), (judged, "of the classifier's judgement")):
        if too_many_far(np.array([number.probability for number in group])):
            yield f"more than half of the numbers {what} lie far outside their intervals"


def _contradictions_within(report: Published) -> Iterator[str]:
    """Find where a report contradicts itself: a mean of other replicates, a baseless verdict."""
    for name, run in report.runs.items():
        if not run.replicates:
            yield f'{report.place}: no training stands behind the numbers of "{name}"'
            continue
        columns = _columns(run)
        for number, said in run.mean.items():
            found = columns.get(number)
            if found is None or not math.isclose(
                said, math.fsum(found) / len(found), rel_tol=1e-6, abs_tol=1e-9
            ):
                yield f'{report.place}: {number} of "{name}" is not the mean over its trainings'
    for claim in report.claims.values():
        if not _follows(claim):
            yield f'{report.place}: the verdict of "{claim.id}" does not follow from its effect'


def _follows(claim: PublishedClaim) -> bool:
    """Tell whether a verdict agrees with effect, interval and threshold."""
    if claim.effect is None or claim.interval is None:
        return claim.verdict == "not measured in this profile"
    lower, upper = claim.interval
    verdict: Verdict = "inconclusive"
    if not lower <= claim.threshold <= upper:
        above = lower > claim.threshold
        verdict = "supported" if above == (claim.direction == "above") else "contradicted"
    return lower <= claim.effect <= upper and claim.verdict == verdict


def _differences(here: Published, published: Published) -> Iterator[str]:
    mine, theirs = here.provenance, published.provenance
    for what, ours, other in (
        ("commit", _commit(mine), _commit(theirs)),
        ("processors", "; ".join(mine.processors), "; ".join(theirs.processors)),
        *(
            (library, mine.versions.get(library), theirs.versions.get(library))
            for library in dict.fromkeys([*mine.versions, *theirs.versions])
        ),
    ):
        if ours != other:
            yield f"{what}: {ours or 'not said'} here, {other or 'not said'} as published"
    for name in dict.fromkeys([*here.runs, *published.runs]):
        if name not in here.runs or name not in published.runs:
            yield f'run "{name}": only {"here" if name in here.runs else "as published"}'
            continue
        settings, others = here.runs[name].settings, published.runs[name].settings
        for key in dict.fromkeys([*settings, *others]):
            if settings.get(key) != others.get(key):
                yield (
                    f'run "{name}": {key} {settings.get(key)} here, {others.get(key)} as published'
                )
    for name, claim in here.claims.items():
        other_claim = published.claims.get(name)
        if other_claim and (claim.direction, claim.threshold) != (
            other_claim.direction,
            other_claim.threshold,
        ):
            yield (
                f'claim "{name}": holds {claim.direction} {claim.threshold:g} here, '
                f"{other_claim.direction} {other_claim.threshold:g} as published"
            )


def _commit(provenance: Provenance) -> str:
    return f"{provenance.commit or 'none'}{', modified' if provenance.modified else ''}"


def _summary(
    agrees: bool, claims: Sequence[ClaimComparison], numbers: Sequence[NumberComparison]
) -> str:
    changes = Counter(claim.change for claim in claims)
    known = [number for number in numbers if number.compatible is not None]
    compatible = sum(bool(number.compatible) for number in known)
    alone = changes["only here"] + changes["only published"]
    parts = [
        f"of {len(claims)} verdicts {changes['same']} are the same, {changes['moved']} moved to or "
        f"from inconclusive or not measured, {changes['opposite']} are opposite"
        + (f", {alone} are on one side alone" if alone else "")
    ]
    if known:
        runs = len({number.run for number in known})
        parts.append(
            f"{compatible} of {len(known)} numbers of {runs} runs are compatible "
            f"({compatible / len(known):.1%}; {LEVEL:.0%} are promised)"
        )
    if single := len(numbers) - len(known):
        parts.append(f"{single} numbers of runs that were trained once are not judged")
    return f"The reports {'agree' if agrees else 'do not agree'}: {'; '.join(parts)}."
