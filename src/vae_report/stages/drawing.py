"""The stage that draws the figures and the card of the report."""

from collections.abc import Sequence

from vae_report.engine.fingerprint import Name
from vae_report.engine.graph import Item
from vae_report.engine.store import Entry, Files, digest
from vae_report.registry import fingerprint, found
from vae_report.results.stored import ResultFolders
from vae_report.stages.context import Context
from vae_report.stages.reading import parts_of_results, results_of

_LIBRARIES = ("matplotlib", "pillow")


def figure_items(context: Context, measured: Sequence[Item]) -> list[Item]:
    """Draw every figure."""
    return [
        _figure_item(context, name, function, measured)
        for name, function in found("figure", "figures").items()
    ]


def _figure_item(context: Context, name: str, function: Name, measured: Sequence[Item]) -> Item:
    def entries() -> list[Entry]:
        drawing = fingerprint((Name("vae_report.figures", "draw"),), _LIBRARIES)
        return [Entry(name, {**parts_of_results(context, [function]), "drawing": drawing})]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        files = context.do(f"figure {name}", draw_figure, name, results_of(context))
        return {entry.key: files for entry in missing}

    return Item("figure", name, make, entries, measured)


def draw_figure(name: str, results: ResultFolders) -> Files:
    """Return the files of a figure."""
    from vae_report.figures import draw

    return draw(name, results.load())


def card_item(context: Context, measured: Sequence[Item]) -> Item:
    """Draw the card of the report."""
    title = context.settings.report.title

    def entries() -> list[Entry]:
        drawing = Name("vae_report.figures.card", "draw"), *found("card", "figures").values()
        results = parts_of_results(context, drawing, _LIBRARIES)
        return [Entry("card", {**results, "title": digest(title)})]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        files = context.do("card", draw_card, title, results_of(context))
        return {entry.key: files for entry in missing}

    return Item("card", "", make, entries, measured)


def draw_card(title: str, results: ResultFolders) -> Files:
    """Return the files of the card."""
    from vae_report.figures.card import draw

    return draw(title, results.load())
