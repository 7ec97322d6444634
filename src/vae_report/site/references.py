"""The works that a page cites, and the list of them at its end."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from vae_report.errors import ReportError, one_of
from vae_report.site.templates import render
from vae_report.site.words import word

_RESOLVERS = {"arXiv": "https://arxiv.org/abs/", "doi": "https://doi.org/", "https": "https:"}

_Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
_Name = Annotated[str, StringConstraints(pattern=r"^\S.*\. \S")]
_Identifier = Annotated[str, StringConstraints(pattern=rf"^({'|'.join(_RESOLVERS)}):\S+$")]


class Reference(BaseModel):
    """A published work.

    Attributes:
        authors: The authors, each with initials and family name, as in "D. P. Kingma".
        year: The year of publication.
        title: The title without a full stop.
        identifier: The identifier, `arXiv:…` or `doi:…`, or an address if it has neither.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    authors: Annotated[tuple[_Name, ...], Field(strict=False, min_length=1)]
    year: int
    title: str
    identifier: _Identifier

    @property
    def families(self) -> list[str]:
        """The authors' family names, which follow the last initial."""
        return [name.rpartition(". ")[2] for name in self.authors]

    @property
    def label(self) -> str:
        """The form of the work in a text, as in "Kingma and Welling 2014"."""
        first, *others = self.families
        names = first + word("others") if len(others) > 1 else word("and").join([first, *others])
        return f"{names} {self.year}"

    @property
    def address(self) -> str:
        """The address that its identifier stands for."""
        scheme, _, name = self.identifier.partition(":")
        return _RESOLVERS[scheme] + name


_BIBLIOGRAPHY = TypeAdapter(dict[_Key, Reference])


def load_references(path: Path) -> dict[str, Reference]:
    """Read a bibliography, a TOML table for each work.

    Raises:
        ReportError: The file cannot be read, is no TOML, or describes a work incompletely.
    """
    try:
        return _BIBLIOGRAPHY.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ReportError(f"{path}: {where}: {first['msg']}; correct it.") from error
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: cannot be read ({error}); correct it.") from error


class Citations:
    """The citations of one page.

    Args:
        bibliography: All works that it may cite, by key.
    """

    def __init__(self, bibliography: Mapping[str, Reference]) -> None:
        self._bibliography = bibliography
        self._cited: set[str] = set()
        self._listed = False

    def cite(self, key: str) -> str:
        """Name a work by authors and year, linked to its entry in the page's list.

        Raises:
            ReportError: The bibliography has no such work, or the list stands further up.
        """
        if key not in self._bibliography:
            raise ReportError(
                f'no reference "{key}"; {one_of(key, self._bibliography)}, or add it to '
                "references.toml"
            )
        if self._listed:
            raise ReportError(f'"{key}" is cited below the list; move `references()` to the end')
        self._cited.add(key)
        return f"[{self._bibliography[key].label}](#reference-{key})"

    def references(self) -> str:
        """List the works that the page has cited, by authors and year.

        Raises:
            ReportError: The page has listed its works already.
        """
        if self._listed:
            raise ReportError("`references()` stands on this page twice; remove one")
        self._listed = True

        def order(key: str) -> tuple[list[str], int]:
            reference = self._bibliography[key]
            return [family.casefold() for family in reference.families], reference.year

        return render(
            "references.html",
            references={key: self._bibliography[key] for key in sorted(self._cited, key=order)},
        )

    @property
    def unlisted(self) -> bool:
        """Whether the page cites works and lists none."""
        return bool(self._cited) and not self._listed
