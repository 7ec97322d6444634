"""The MkDocs plugin: numbers, figures, mathematics and the notebook enter the pages here."""

import functools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Concatenate, Literal, ParamSpec, TypeVar

from jinja2 import Environment
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from vae_report.engine.store import Store
from vae_report.engine.view import check
from vae_report.environment import forget_empty
from vae_report.errors import ReportError
from vae_report.explorer.page import ExplorerPage, explorer_facts
from vae_report.settings import load_settings
from vae_report.site import words
from vae_report.site.claims import Claims, FigurePlace
from vae_report.site.expressions import Mistake, evaluate, figure_numbers
from vae_report.site.figures import Figures
from vae_report.site.identity import check_citation_file, introduce
from vae_report.site.mathematics import Typesetter, typeset_pages
from vae_report.site.notebook_page import image_alternatives, lighten, mark_formulas
from vae_report.site.references import Citations, load_references
from vae_report.site.scripts import bundle
from vae_report.site.tables import (
    baselines_table,
    benchmark_table,
    group_table,
    headline_table,
)
from vae_report.site.theme import correct, join_style_sheets, known_language
from vae_report.site.values import Record, load_json

_NOTEBOOK = "walkthrough.ipynb"
_MISTAKES_SHOWN = 50

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def _one_line_errors(
    event: Callable[Concatenate["ReportPlugin", _Arguments], _Result],
) -> Callable[Concatenate["ReportPlugin", _Arguments], _Result]:
    """Let a user's mistake end the build with its one line."""

    @functools.wraps(event)
    def guarded(
        self: "ReportPlugin", /, *args: _Arguments.args, **kwargs: _Arguments.kwargs
    ) -> _Result:
        try:
            return event(self, *args, **kwargs)
        except ReportError as error:
            raise Abort(f"Error: {error}") from error

    return guarded


class NoOptions(Config):  # type: ignore[no-untyped-call]
    """All settings of a report stand in `report.toml`, none in `mkdocs.yml`."""


class ReportPlugin(BasePlugin[NoOptions]):  # type: ignore[no-untyped-call]
    """Builds the report's pages from what earlier stages wrote into `docs/assets`."""

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Note whether someone watches the pages."""
        forget_empty()
        self._watched: float | None = time.time() if command == "serve" else None

    def on_serve(
        self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Callable[..., None]
    ) -> None:
        """Watch all that the figures and numbers depend on, besides the pages."""
        root = Path(config.config_file_path).parent
        for place in ("src", "assets", "report.toml"):
            if (root / place).exists():
                server.watch(str(root / place))

    def _remake_assets(self, root: Path) -> None:
        """Rebuild the assets if a source has changed since the last look, while someone watches."""
        sources = [root / "report.toml", root / "docs" / "walkthrough.py"]
        sources += (root / "src").rglob("*.py")
        changed = max(path.stat().st_mtime for path in sources if path.is_file())
        if self._watched is not None and changed > self._watched:
            self._watched = time.time()
            # If it fails, its error is on the screen, and the pages keep what was made before.
            command = [sys.executable, "-m", "vae_report.cli", "build", "--assets-only"]
            subprocess.run(command, cwd=root, check=False)

    @_one_line_errors
    def on_config(self, config: MkDocsConfig) -> None:
        """Read the measurements, and give the page templates their origin."""
        root = Path(config.config_file_path).parent
        self._remake_assets(root)
        self._assets = Path(config.docs_dir) / "assets"
        check(self._assets)
        self._metrics = load_json(
            self._assets / "metrics.json", "columns", "runs", "headline", "sweeps", "baselines"
        )
        claims = load_json(self._assets / "claims.json", "claims")["claims"]
        self._claims = {claim["id"]: claim for claim in claims}
        self._figures = {
            entry.stem: load_json(entry) for entry in (self._assets / "figures").glob("*.json")
        }
        self._bibliography = load_references(Path(config.docs_dir) / "references.toml")
        self._provenance = load_json(self._assets / "provenance.json")
        settings = load_settings(root / "report.toml", self._provenance["profile"])
        self._whole = settings.whole
        words.speak(settings.site.words, whole=settings.whole)
        config.theme["language"] = known_language(settings.site.language, config)
        introduce(settings.report, self._provenance["date"][:4], config)
        check_citation_file(root / "CITATION.cff", settings.report)
        # Made by `make bench`, not by a build, on a machine worth measuring.
        benchmark = self._assets / "benchmark.json"
        self._benchmark = load_json(benchmark) if benchmark.exists() else None
        self._explorer = explorer_facts(self._assets / "explorer" / "manifest.json")
        self._names = {
            "explorer": self._explorer and Record("explorer", self._explorer),
            "benchmark": self._benchmark and Record("benchmark", self._benchmark),
            **{name: Record(name, self._metrics[name]) for name in ("runs", "sweeps", "baselines")},
            "headline": self._metrics["headline"],
            "claims": Record("claims", self._claims),
            "provenance": Record("provenance", self._provenance),
            "report": Record("report", settings.report.model_dump(mode="json")),
            "settings": Record("settings", settings.model_dump(mode="json")),
        }
        self._typesetter = Typesetter(root, Store(root / ".cache" / "mathjax"))
        self._mistakes: set[Mistake] = set()
        # Read here, as `!ENV` in mkdocs.yml takes an empty variable for a value. A server knows the
        # address of its pages.
        if self._watched is None and (address := os.environ.get("SITE_URL")):
            config.site_url = _published(address)
        # Lies beside the pages, if the build has a browser that prints it.
        config.extra["paper"] = os.environ.get("REPORT_PDF")
        config.extra["provenance"] = self._provenance
        config.extra["whole"] = settings.whole
        config.extra["card"] = load_json(self._assets / "card.json")
        mark_formulas()

    @_one_line_errors
    def on_files(self, files: Files, *, config: MkDocsConfig) -> None:
        """Add the executed notebook to the pages, and find the places of the figures."""
        executed = files.get_file_from_path(f"assets/{_NOTEBOOK}")
        if executed is None:
            raise ReportError(f"{self._assets / _NOTEBOOK}: not there; run `make site`.")
        files.remove(executed)
        pages = [file for file in files.documentation_pages() if file.src_uri.endswith(".md")]
        # The evidence lists claims in the order of the report, not in that of their decision.
        pages.sort(key=lambda file: (file.src_uri != "index.md", file.src_uri))
        text = "".join(file.content_string for file in pages)
        order = sorted(self._claims, key=lambda each: text.find(f'"{each}"') % (len(text) + 1))
        self._claims = {identifier: self._claims[identifier] for identifier in order}
        self._places = {
            name: FigurePlace(file.url, position)
            for file in pages
            for name, position in figure_numbers(file.content_string).items()
        }
        files.append(File(_NOTEBOOK, str(self._assets), config.site_dir, config.use_directory_urls))
        join_style_sheets(files, config)
        self._bundle_scripts(files, config)

    def _bundle_scripts(self, files: Files, config: MkDocsConfig) -> None:
        ours = {
            Path(script.abs_src_path or ""): script
            for script in files.javascript_files()
            if script.src_dir == config.theme.custom_dir
        }
        bundles = bundle(Path(config.config_file_path).parent, ours)
        for path, script in ours.items():
            if path in bundles:
                script.content_string = bundles[path]
            else:
                files.remove(script)

    def on_page_markdown(
        self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files
    ) -> str:
        """Evaluate a page's expressions, and date the page by the build that it shows."""
        page.update_date = datetime.fromisoformat(self._provenance["date"]).date().isoformat()
        if page.file.src_uri == _NOTEBOOK:
            notebook = load_json(self._assets / _NOTEBOOK)
            page.meta["description"] = notebook["metadata"]["description"]
            return markdown
        content = page.file.content_string
        place = _source(page, config), content.removesuffix(markdown).count("\n") + 1
        verdicts = {identifier: claim["verdict"] for identifier, claim in self._claims.items()}
        # Another machine's verdicts show other forms, whose mistakes must be found here.
        for every_form in (True, False):
            names, citations = self._names_on(page, markdown, config)
            text, mistakes = evaluate(
                markdown, names, *place, verdicts=verdicts, every_form=every_form
            )
            self._mistakes.update(mistakes)
        if citations.unlisted:
            problem = "the page cites works and lists none; end it with `{{ references() }}`"
            self._mistakes.add(Mistake(place[0], len(content.splitlines()), problem))
        return text

    def _names_on(
        self, page: Page, markdown: str, config: MkDocsConfig
    ) -> tuple[dict[str, object], Citations]:
        """Give all that the expressions of a page may name, and its citations."""
        figures = Figures(
            self._figures,
            self._assets / "figures",
            page.url,
            figure_numbers(markdown),
            self._code(config),
            self._whole,
        )
        address = functools.partial(get_relative_url, other=page.url)
        claims = Claims(self._claims, self._places, address)
        citations = Citations(self._bibliography)
        explorer = ExplorerPage(self._assets / "explorer", self._explorer, address)
        names = self._names | {
            "cite": citations.cite,
            "references": citations.references,
            "figure": figures.show,
            "figure_reference": figures.refer,
            "claim": claims.state,
            "verdict": claims.verdict,
            "claims_summary": claims.summary,
            "claims_evidence": claims.evidence,
            "claims_overview": claims.overview,
            "explorer_page": explorer.show,
            "explorer_preview": explorer.preview,
            "metrics_table": functools.partial(headline_table, self._metrics, address("metrics/")),
            "group_table": functools.partial(group_table, self._metrics),
            "baselines_table": functools.partial(baselines_table, self._metrics),
            "benchmark_table": functools.partial(
                benchmark_table, (self._benchmark or {}).get("tables", {})
            ),
        }
        return names, citations

    def _code(self, config: MkDocsConfig) -> str | None:
        """Return the address of the code that made this report; none if it is not as committed."""
        commit = self._provenance["commit"]
        if not config.repo_url or not commit or self._provenance["modified"]:
            return None
        return f"{config.repo_url.rstrip('/')}/blob/{commit}"

    def on_page_content(
        self, html: str, *, page: Page, config: MkDocsConfig, files: Files
    ) -> str | None:
        """Bring the notebook's page into the site's own markup."""
        if page.file.src_uri != _NOTEBOOK:
            return None

        def publish(name: str, content: bytes) -> str:
            image = File.generated(
                config, page.url + name, content=content, inclusion=InclusionLevel.INCLUDED
            )
            files.append(image)
            return get_relative_url(image.url, page.url)

        notebook = json.loads(Path(page.file.abs_src_path or "").read_text(encoding="utf-8"))
        return lighten(html, _NOTEBOOK, image_alternatives(notebook), publish)

    @_one_line_errors
    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> None:
        """Typeset the formulas of all pages at once, and show all mistakes in the pages."""
        pages = {
            _source(file.page, config): file.page
            for file in files.documentation_pages()
            if file.page
        }
        contents = {source: page.content or "" for source, page in pages.items()}

        def note(source: str, part: str, problem: str) -> None:
            before = pages[source].file.content_string.rpartition(part)[0]
            self._mistakes.add(Mistake(source, before.count("\n") + 1, problem))

        for source, content in typeset_pages(contents, self._typesetter, note).items():
            pages[source].content = content
        if self._mistakes:
            raise Abort(_listed(sorted(self._mistakes)))
        words.check()

    @_one_line_errors
    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Correct the theme's markup."""
        return correct(output)

    @_one_line_errors
    def on_post_template(self, output: str, *, template_name: str, config: MkDocsConfig) -> str:
        """Correct the theme's markup, as in pages."""
        return correct(output) if template_name.endswith(".html") else output


def _published(address: str) -> str:
    """Give the address of a site its final slash, on which all other addresses depend."""
    if not re.fullmatch(r"https?://\S+", address):
        raise ReportError(
            f"SITE_URL={address}: not an address; give one such as https://example.org/report/, "
            "or unset it."
        )
    return address.rstrip("/") + "/"


def _listed(mistakes: Sequence[Mistake]) -> str:
    """List mistakes, a line each; the first ones if there are very many."""
    lines = [str(mistake) for mistake in mistakes[:_MISTAKES_SHOWN]]
    if more := len(mistakes) - len(lines):
        lines.append(f"… and {more} more.")
    count = "A mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    return "\n".join([*lines, f"Error: {count} in the pages; correct the lines above."])


def _source(page: Page, config: MkDocsConfig) -> str:
    return f"{Path(config.docs_dir).name}/{page.file.src_uri}"
