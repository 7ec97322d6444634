"""Figures of a page: numbered, in the variant of the reader's theme."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mkdocs.utils import get_relative_url

from vae_report.errors import ReportError, one_of
from vae_report.registry import CODE, found
from vae_report.site.templates import render
from vae_report.site.words import here, word


class Figures:
    """The figures that one page shows, numbered in the order in which it names them.

    Args:
        manifest: The light and dark file of each figure, its width and height in CSS pixels,
            alternative text, data, and runs; or `not_measured` or `diverged`, why there is none.
        folder: The folder that holds the files.
        page_url: The address of the page, relative to the site.
        numbers: The number of each figure that the page names.
        code: The address of the repository's files at the commit that drew the figures, if known.
        whole: Whether the profile has all of the report, so that no figure may lack its runs.
    """

    def __init__(
        self,
        manifest: Mapping[str, Mapping[str, Any]],
        folder: Path,
        page_url: str,
        numbers: Mapping[str, int],
        code: str | None,
        whole: bool = False,
    ) -> None:
        self._manifest = manifest
        self._folder = folder
        self._page_url = page_url
        self._numbers = numbers
        self._code = code
        self._whole = whole
        self._shown: set[str] = set()

    def show(self, name: str, caption: str) -> str:
        """Place a figure, in the variant that goes with the reader's theme.

        A figure that this profile cannot draw keeps its place and number, and says why it is
        missing; so does one whose runs diverged.

        Args:
            name: The figure's name in the manifest.
            caption: The caption in Markdown, without the number.

        Raises:
            ReportError: The build drew no such figure, a file of it is missing, the report lacks
                the runs that it shows, or the page shows it already.
        """
        if name not in self._manifest:
            raise ReportError(f'no figure "{name}"; {one_of(name, self._manifest)}')
        if name in self._shown:
            raise ReportError(f'figure "{name}" stands on this page twice; remove one')
        self._shown.add(name)
        figure = self._manifest[name]
        if self._whole and "not_measured" in figure:
            raise ReportError(
                f'figure "{name}" cannot be drawn: {here(figure["not_measured"])}; drop it, or add '
                "what it shows to report.toml"
            )
        for variant in ("light", "dark"):
            if variant in figure and not (self._folder / figure[variant]).is_file():
                raise ReportError(f'figure "{name}" lacks {figure[variant]}; run `make site`')
        return render(
            "figure.html",
            figure=figure,
            missing=figure.get("not_measured") or figure.get("diverged"),
            name=name,
            number=self._numbers[name],
            caption=caption,
            address=lambda file: get_relative_url(f"assets/figures/{file}", self._page_url),
            code=self._code_of(name),
            metrics=get_relative_url("metrics/", self._page_url),
        )

    def _code_of(self, name: str) -> str | None:
        """Return the address of the function that drew a figure; none if it is not known."""
        function = (found("figure", "figures") | found("figure", "benchmarks")).get(name)
        if not self._code or not function:
            return None
        path, line = CODE.place_of(function)
        return f"{self._code}/src/{path.as_posix()}#L{line}"

    def refer(self, name: str) -> str:
        """Link to a figure of this page by its number.

        Raises:
            ReportError: The page does not show the figure.
        """
        if name not in self._numbers:
            raise ReportError(f'figure "{name}" is not on this page; show it or drop the reference')
        return f'<a href="#figure-{name}">{word("figure", number=self._numbers[name])}</a>'
