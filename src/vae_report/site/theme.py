"""All that depends on the internals of Material for MkDocs, each part with its reason.

Elsewhere the site keeps to what the theme documents: its options, the blocks of its templates, and
the names of its classes and variables in style sheets.
"""

import re
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel

from vae_report.colours import PALETTES
from vae_report.errors import ReportError

STYLE_SHEET = "stylesheets/site.css"

_THEME_SHEETS = "assets/stylesheets/"
_THEME_SHEET = re.compile(rf"{_THEME_SHEETS}main\.\w+\.min\.css")
# Neither has a meaning inside a layer, or in another file.
_OF_A_FILE = re.compile(r'@charset "[^"]*";|/\*# sourceMappingURL=[^*]*\*/')


class Correction(NamedTuple):
    """A change to the markup of every page.

    Attributes:
        reason: The reason why the theme's own markup does not do.
        pattern: The markup that is replaced; a page without it is an error.
        replacement: The markup in its place.
    """

    reason: str
    pattern: str
    replacement: str


CORRECTIONS = {
    "style sheets": Correction(
        "They are part of the site's own; the palettes, which would style the page anew twice as "
        "it loads, are not wanted.",
        rf'<link rel="stylesheet" href="[^"]*{_THEME_SHEETS}(?:main|palette)\.\w+\.min\.css">',
        "",
    ),
    "classes of the root": Correction(
        "The theme's script sets them when the page is there, which would style it anew.",
        r'(<html [^>]*class="no-js">\s*<head>)',
        r'\1<script>document.documentElement.className = "js js-focus-visible"</script>',
    ),
    "dark from the first paint on": Correction(
        "Until a reader has chosen, the theme's script looks for a preference when it is loaded.",
        r'(<body [^>]*data-md-color-scheme="default"[^>]*>)',
        r"""\1<script>
if (!__md_get("__palette") && matchMedia("(prefers-color-scheme: dark)").matches)
  document.body.dataset.mdColorScheme = "slate";
</script>""",
    ),
    "script after the first paint": Correction(
        "It would hold up the paint on a phone. It waits for an event that is over by then.",
        r'<script src="([^"]*assets/javascripts/bundle\.\w+\.min\.js)"></script>',
        r"""<script>
requestAnimationFrame(() => setTimeout(() => {
  const theme = document.createElement("script");
  theme.src = "\1";
  theme.onload = () => document.dispatchEvent(new Event("DOMContentLoaded"));
  document.body.append(theme);
}));
</script>""",
    ),
    "name of the search": Correction(
        "A dialog needs one.",
        r'(<div class="md-search"[^>]* role="dialog")',
        r'\1 aria-label="Search"',
    ),
    "boxes to tick": Correction(
        "HTML gives them no completion that could be turned off.",
        r'(<input [^>]*type="checkbox"[^>]*) autocomplete="off"',
        r"\1",
    ),
}


def correct(markup: str) -> str:
    """Correct the theme's markup of a page.

    Raises:
        ReportError: The theme no longer writes what a correction replaces.
    """
    for name, correction in CORRECTIONS.items():
        markup, count = re.subn(correction.pattern, correction.replacement, markup)
        if not count:
            raise _changed(f"its pages lack what is corrected under {name!r} ({correction.reason})")
    return markup


def join_style_sheets(files: Files, config: MkDocsConfig) -> None:
    """Make one file of the theme's style sheet, the report's colours, and `extra_css`.

    The theme's sheet lies in a cascade layer, and rules outside it outrank all within: a rule of
    the site needs no long selector. One file is one request before the first paint.

    Raises:
        ReportError: The theme has no style sheet of the name that it had.
    """
    theme = [file for file in files if file.src_uri.startswith(_THEME_SHEETS)]
    mains = [file for file in theme if _THEME_SHEET.fullmatch(file.src_uri)]
    if len(mains) != 1:
        raise _changed(f"no style sheet {_THEME_SHEETS}main.*.min.css")
    own = {path: files.get_file_from_path(path) for path in config.extra_css}
    sheets = [file for file in own.values() if file]
    layer = f"@layer theme{{{_OF_A_FILE.sub('', mains[0].content_string).strip()}}}"
    content = "\n".join([layer, _colours(), *(sheet.content_string for sheet in sheets)])
    for file in (*theme, *sheets):
        files.remove(file)
    files.append(
        File.generated(config, STYLE_SHEET, content=content, inclusion=InclusionLevel.INCLUDED)
    )
    config.extra_css = [STYLE_SHEET, *(path for path, file in own.items() if not file)]


def _colours() -> str:
    """Write the colours as custom properties; on paper the light ones hold, whatever the screen."""
    light, dark = (
        "".join(f"  --report-{name}: {colour};\n" for name, colour in palette.page.items())
        + "".join(f"  --class-{n}: {colour};\n" for n, colour in enumerate(palette.classes))
        for palette in (PALETTES["light"], PALETTES["dark"])
    )
    return f":root {{\n{light}}}\n@media screen {{ [data-md-color-scheme='slate'] {{\n{dark}}} }}\n"


def _changed(what: str) -> ReportError:
    return ReportError(
        f"mkdocs-material {version('mkdocs-material')}: {what}; install the version of "
        "constraints.txt, or follow the change in src/vae_report/site/theme.py."
    )


def known_language(language: str, config: MkDocsConfig) -> str:
    """Return a language if the theme speaks it.

    Raises:
        ReportError: The theme does not speak it.
    """
    if not any(
        (Path(each) / f"partials/languages/{language}.html").exists() for each in config.theme.dirs
    ):
        raise ReportError(
            f"report.toml: site.language = '{language}': the theme does not speak it; write one "
            "such as en, de or pt-BR."
        )
    return language
