"""The report's identity: handed to MkDocs, and compared with the citation of its source."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from markupsafe import escape
from mkdocs.config.defaults import MkDocsConfig

from vae_report.errors import ReportError
from vae_report.settings import ReportSettings

_TEX = str.maketrans({character: f"\\{character}" for character in "&%$#_{}"})


def introduce(report: ReportSettings, year: str, config: MkDocsConfig) -> None:
    """Fill in the settings of MkDocs that stand in `report.toml`.

    Args:
        report: The table `[report]`.
        year: The year of the report, for its copyright.
        config: The configuration of MkDocs, which is changed.
    """
    authors = ", ".join(report.authors)
    # The theme writes these into attributes as they are.
    config.site_name, config.site_description, config.site_author = map(
        escape, (report.title, report.description, authors)
    )
    config.copyright = ", ".join(filter(None, (f"© {year} {authors}", report.licence)))
    if report.repository:
        config.repo_url = report.repository
        place = urlsplit(report.repository)
        config.repo_name = place.path.strip("/") or place.netloc
    config.extra["report"] = report


def bibtex(text: str) -> str:
    """Write text as the value of a field in BibTeX.

    >>> bibtex("Shapes & colours")
    '{Shapes \\\\& colours}'
    """
    return f"{{{text.translate(_TEX)}}}"


def check_citation_file(path: Path, report: ReportSettings) -> None:
    """Compare a citation file, if there is one, with the table `[report]`.

    Args:
        path: The path of `CITATION.cff`, which cites the report, or prefers that it be cited.
        report: The table `[report]`.

    Raises:
        ReportError: The file is not valid, or it says something else of the report.
    """
    if not path.exists():
        return
    try:
        file = yaml.safe_load(path.read_text(encoding="utf-8"))
        cited: dict[str, Any] = file.get("preferred-citation", file)
        authors = [author.get("name") or _full_name(author) for author in cited["authors"]]
    except (AttributeError, KeyError, TypeError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ReportError(
            f"{path}: not a valid citation file ({reason}); correct or delete it."
        ) from error
    own = report.model_dump(mode="json")
    said = {"title": cited.get("title"), "authors": authors}
    said |= {"licence": cited.get("license"), "version": cited.get("version")}
    for key, value in said.items():
        if value is not None and (value if key == "authors" else str(value)) != own[key]:
            raise ReportError(
                f"{path}: cites the report with other {key}, {value!r}, than [report] of "
                f"report.toml, {own[key]!r}; make them the same, or delete the file."
            )


def _full_name(person: dict[str, str]) -> str:
    parts = ("given-names", "name-particle", "family-names", "name-suffix")
    return " ".join(person[part] for part in parts if part in person)
