"""Claims in the pages, each with its verdict."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from vae_report.errors import ReportError, one_of
from vae_report.site.templates import render
from vae_report.site.values import decimals, declared, interval, number
from vae_report.site.words import word

_NOT_MEASURED = "not measured in this profile"
_VERDICTS = ("supported", "contradicted", "inconclusive")


class FigurePlace(NamedTuple):
    """The place of a figure: the address of its page in the site, and its number there."""

    page: str
    number: int


class Claims:
    """The report's claims as one page shows them.

    Args:
        claims: The claims of `claims.json` by their identifiers.
        figures: The place of each figure.
        address: A function from an address within the site to one relative to the page.
    """

    def __init__(
        self,
        claims: Mapping[str, Mapping[str, Any]],
        figures: Mapping[str, FigurePlace],
        address: Callable[[str], str],
    ) -> None:
        self._claims = claims
        self._figures = figures
        self._address = address

    def state(self, identifier: str) -> str:
        """Write a claim's sentence, followed by its verdict.

        Raises:
            ReportError: There is no such claim.
        """
        verdict = self.verdict(identifier)
        return f"{self._claims[identifier]['statement']} {verdict}"

    def verdict(self, identifier: str) -> str:
        """Write a claim's verdict and effect, linked to the evidence; for running prose.

        Raises:
            ReportError: There is no such claim.
        """
        if identifier not in self._claims:
            raise ReportError(f'no claim "{identifier}"; {one_of(identifier, self._claims)}')
        claim = self._claims[identifier]
        return render(
            "verdict.html",
            verdict=claim["verdict"],
            finding=_finding(claim),
            address=self._address(f"evidence/#claim-{identifier}"),
        ).strip()

    def summary(self) -> str:
        """Count the claims by their verdicts."""
        counts = Counter(claim["verdict"] for claim in self._claims.values())
        return render(
            "tally.html",
            total=len(self._claims),
            counts={name: counts[name] for name in (*_VERDICTS, _NOT_MEASURED) if counts[name]},
        )

    def overview(self, caption: str) -> str:
        """Lay out the verdicts as a table, with and without Holm's correction.

        Args:
            caption: The caption in Markdown.
        """
        return render(
            "verdicts.html",
            identifier="verdicts",
            rows=[
                {**claim, "held": _held(claim), "margin": _margin(claim)}
                for claim in self._claims.values()
            ],
            caption=caption,
        )

    def evidence(self) -> str:
        """Lay out every claim with the evidence that decides it.

        Raises:
            ReportError: No page shows the figures of some claims.
        """
        lonely = [
            f'"{claim["figure"]}" ({claim["id"]})'
            for claim in self._claims.values()
            if claim["figure"] not in self._figures
        ]
        if lonely:
            raise ReportError(
                f"no page shows the figures of these claims: {', '.join(lonely)}; show each on one"
            )
        return "\n".join(
            render(
                "claim.md",
                claim=claim,
                finding=_finding(claim),
                threshold=_with_unit(declared(claim["threshold"]), claim["unit"]),
                scale=_scale(claim),
                figure=self._figure(claim),
                covers=_covers(claim),
                held=_held(claim, named=True),
                margin=_margin(claim, named=True),
                comparisons=[
                    {**each, "finding": _written(each["effect"], each["interval"], claim["unit"])}
                    for each in claim["comparisons"]
                ],
            )
            for claim in self._claims.values()
        )

    def _figure(self, claim: Mapping[str, Any]) -> Markup:
        name = claim["figure"]
        place = self._figures[name]
        address = self._address(f"{place.page}#figure-{name}")
        return Markup('<a href="{}">{}</a>').format(address, word("figure", number=place.number))


def _finding(claim: Mapping[str, Any]) -> str:
    """Write a claim's effect, its interval and their unit, to the digits that mean something."""
    if claim["effect"] is None:
        return ""
    return _written(claim["effect"], claim["interval"], claim["unit"])


def _written(effect: float, ends: Sequence[float], unit: str) -> str:
    lower, upper = ends
    digits = decimals(effect, significant=4)
    if lower < upper:
        digits = min(digits, decimals(upper - lower, significant=2))
    return _with_unit(f"{number(effect, digits)} {interval(ends, digits)}", unit)


def _covers(claim: Mapping[str, Any]) -> str:
    """Say what a claim's interval covers."""
    seeds = {each["seeds"] for each in claim["comparisons"]}
    counted = word("or").join(map(str, sorted(seeds)))
    covers = "covers_both" if claim["over"] else "covers_seeds"
    return word(covers, seeds=counted, images=claim["over"])


def _held(claim: Mapping[str, Any], named: bool = False) -> str:
    """Say in how many of its comparisons a claim holds and, if asked for, in which it holds least.

    A claim holds in a comparison that supports it by itself.
    """
    comparisons = claim["comparisons"]
    if not comparisons:
        return ""
    held, count = sum(each["holds"] for each in comparisons), len(comparisons)
    if not named:
        return word("held", held=held, count=count)
    runs = ", ".join(f"<code>{run}</code>" for run in comparisons[claim["least"]]["runs"])
    several = "held_in_many" if count > 1 else "held_in_one"
    return Markup(word(several, held=held, count=count, runs=runs))


def _margin(claim: Mapping[str, Any], named: bool = False) -> str:
    """Say how many standard deviations between seeds lie between an effect and its threshold."""
    margin = claim["margin"]
    if margin is None:
        return (word("seeds_agree") if named else "–") if claim["comparisons"] else ""
    if not named:
        return number(margin, 1)
    return word("margin_for" if margin >= 0 else "margin_against", margin=number(abs(margin), 1))


def _with_unit(written: str, unit: str) -> str:
    return f"{written}\u00a0{unit}" if unit else written


class _Scale(NamedTuple):
    """A claim's numbers as places on a line, in percent of its length."""

    threshold: float
    effect: float
    lower: float
    upper: float


def _scale(claim: Mapping[str, Any]) -> _Scale | None:
    if claim["effect"] is None:
        return None
    values = claim["threshold"], claim["effect"], *claim["interval"]
    least, span = min(values), max(values) - min(values)
    return _Scale(*(round(12 + 76 * (value - least) / (span or 1), 2) for value in values))
