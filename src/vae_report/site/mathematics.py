r"""Mathematics, typeset while the site is built: TeX to SVG, with MathML for screen readers.

A displayed formula with a `\label{name}` is numbered, page by page; `$\eqref{name}$` refers to it.
Readers know the formula by its name, as in `\label{evidence lower bound}`: it is read aloud, and
searches find it.
"""

import functools
import hashlib
import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from vae_report.engine.store import Store, digest
from vae_report.errors import ReportError
from vae_report.site.node import run_node
from vae_report.site.values import THIN_SPACE
from vae_report.site.words import word

_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
_HEADING = re.compile(r"<h([1-6])\b.*?</h\1>", re.DOTALL)
_LABEL = re.compile(r"\\label\{([^}]*)\}")
_DEFINITION = re.compile(
    r"\\(?:(?:new|renew|provide)command|(?:new|renew)environment|DeclareMathOperator|[egx]?def|let)\b"
)
_REFERENCE = re.compile(r"\\eqref\{([^}]*)\}")
_OUTLINE = re.compile(r'<path d="([^"]*)"></path>')
_TWO_DIMENSIONAL = re.compile(
    r"<m(?:sub|sup|under|over|frac|sqrt|root|table|multiscripts)|&#x2061;"
)


class Formula(NamedTuple):
    """A formula of a page.

    Attributes:
        tex: The TeX without delimiters.
        display: Whether it is displayed, as opposed to one in the line of a text.
        definitions: The formulas before it on its page that define macros.
    """

    tex: str
    display: bool
    definitions: tuple[str, ...] = ()


class Typeset(NamedTuple):
    """A formula as SVG markup, in the colour of the text around it, and as MathML."""

    svg: str
    mathml: str


class Typesetter:
    """Typesets formulas with MathJax, each once.

    Args:
        root: The root of the repository, with `scripts/typeset.mjs`, the lock file that pins
            MathJax, and `node_modules`.
        cache: The formulas already typeset, which depend on their TeX, the macros that they may
            use, that script and that lock file.
    """

    def __init__(self, root: Path, cache: Store) -> None:
        self._root = root
        self._cache = cache
        pinned = (root / name for name in ("scripts/typeset.mjs", "package-lock.json"))
        self._version = hashlib.sha256(b"".join(map(Path.read_bytes, pinned))).hexdigest()

    def typeset(self, formulas: Iterable[Formula]) -> dict[Formula, Typeset | ReportError]:
        """Typeset formulas, all new ones in one Node.js process.

        Returns:
            Each formula's markup, or the error in its TeX.

        Raises:
            ReportError: Node.js or MathJax is missing or fails.
        """
        results: dict[Formula, Typeset | ReportError] = {}
        new: list[Formula] = []
        for formula in dict.fromkeys(formulas):
            if kept := self._recall(formula):
                results[formula] = kept
            else:
                new.append(formula)
        given = [formula._asdict() for formula in new]
        answers = run_node(self._root, "typeset.mjs", "mathjax", given) if new else []
        for formula, answer in zip(new, answers, strict=True):
            if "error" in answer:
                results[formula] = ReportError(answer["error"])
            else:
                results[formula] = Typeset(**answer)
                self._keep(formula, answer)
        return results

    def _key(self, formula: Formula) -> str:
        return digest([self._version, *formula])

    def _recall(self, formula: Formula) -> Typeset | None:
        folder = self._cache.find(self._key(formula))
        if folder is None:
            return None
        svg, mathml = ((folder / name).read_text(encoding="utf-8") for name in ("svg", "mathml"))
        return Typeset(svg, mathml)

    def _keep(self, formula: Formula, answer: Mapping[str, str]) -> None:
        files = {name: markup.encode() for name, markup in answer.items()}
        self._cache.put(self._key(formula), files)


Note = Callable[[str, str], None]
"""Notes a mistake: a part of the page's text that tells where it is, and the problem."""


def typeset_pages(
    pages: Mapping[str, str], typesetter: Typesetter, note: Callable[[str, str, str], None]
) -> dict[str, str]:
    """Replace the formulas of all pages, as arithmatex marked them, by their markup.

    Args:
        pages: HTML of the pages' content, by their names.
        typesetter: The typesetter of all pages' formulas.
        note: A function that notes a mistake, given the page's name, a part of its text that tells
            the place, and the problem: a formula has an error, stands in a heading, or refers to
            an unknown label.
    """
    typeset = typesetter.typeset(
        _without_label(formula)
        for content in pages.values()
        for formula in _formulas(content)
        if not _REFERENCE.fullmatch(formula.tex)
    )
    return {
        page: _typeset_page(content, typeset, functools.partial(note, page))
        for page, content in pages.items()
    }


def _formulas(content: str) -> Iterator[Formula]:
    """Give the formulas of a page in their order."""
    definitions: tuple[str, ...] = ()
    for match in _FORMULA.finditer(content):
        # MathJax has no glyph for the space that groups digits.
        tex = html.unescape(match[2]).strip().replace(THIN_SPACE, r"\,")
        yield Formula(tex, match[1] == "div", definitions)
        if _DEFINITION.search(tex):
            definitions += (_LABEL.sub("", tex),)


def _without_label(formula: Formula) -> Formula:
    return formula._replace(tex=_LABEL.sub("", formula.tex))


def _typeset_page(
    content: str, typeset: Mapping[Formula, Typeset | ReportError], note: Note
) -> str:
    for heading in _HEADING.finditer(content):
        for formula in _formulas(heading[0]):
            note(
                formula.tex,
                f"a heading holds the formula {formula.tex}, which tables of contents cannot show; "
                "write it in words or letters",
            )
    labels = [label for formula in _formulas(content) for label in _LABEL.findall(formula.tex)]
    numbers = {label: position for position, label in enumerate(labels, start=1)}
    if len(numbers) < len(labels):
        twice = Counter(labels).most_common(1)[0][0]
        note(twice, f"two equations have the label {twice}; rename one")

    formulas = _formulas(content)

    def markup(match: re.Match[str]) -> str:
        formula = next(formulas)
        if reference := _REFERENCE.fullmatch(formula.tex):
            if reference[1] not in numbers:
                note(
                    formula.tex, f"no equation has the label {reference[1]}; correct the reference"
                )
                return ""
            return _reference(reference[1], numbers)
        found = _LABEL.findall(formula.tex)
        result = typeset[_without_label(formula)]
        problem = ""
        if len(found) > formula.display:
            problem = "a label belongs to a displayed formula, and each has one at most; remove it"
        elif r"\tag" in formula.tex:
            problem = r"\tag has no place here; write \label, and the equation is numbered"
        if problem or isinstance(result, ReportError):
            said = problem or f"{result}; correct it"
            note(formula.tex, f"formula {' '.join(formula.tex.split())}: {said}")
            return ""
        drawn = result.svg + result.mathml
        if not formula.display:
            # A search would index the letters of a two-dimensional formula as one line.
            unfound = " data-search-exclude" if _TWO_DIMENSIONAL.search(result.mathml) else ""
            return f'<span class="formula"{unfound}>{drawn}</span>'
        anchor, named, number = "", f'aria-label="{word("equation")}"', ""
        if found:
            anchor = f' id="{_anchor(found[0])}"'
            named = f'aria-labelledby="{_anchor(found[0])}-name"'
            number = (
                f'<span class="equation__number" id="{_anchor(found[0])}-name">'
                f'<span class="unseen">{word("equation")} </span>({numbers[found[0]]})'
                f'<span class="unseen">, {html.escape(found[0])}</span></span>'
            )
        return (
            f'<div class="equation"{anchor}>'
            f'<div class="equation__box" role="group" {named} tabindex="0" data-search-exclude>'
            f'<span class="formula">{drawn}</span></div>{number}</div>'
        )

    return _share_outlines(_FORMULA.sub(markup, content))


def _reference(label: str, numbers: Mapping[str, int]) -> str:
    number = f"({numbers[label]})"
    name = html.escape(word("equation_name", number=numbers[label], name=label))
    return f'<a href="#{_anchor(label)}" aria-label="{name}">{number}</a>'


def _anchor(label: str) -> str:
    return "equation-" + re.sub(r"\W+", "-", label.lower())


def _share_outlines(content: str) -> str:
    """Draw each glyph that occurs twice or more from one outline at the end of the page."""
    shared = {
        outline: f"glyph-{hashlib.sha256(outline.encode()).hexdigest()[:12]}"
        for outline, count in Counter(_OUTLINE.findall(content)).items()
        if count > 1
    }
    if not shared:
        return content

    def use(match: re.Match[str]) -> str:
        return f'<use href="#{shared[match[1]]}"></use>' if match[1] in shared else match[0]

    outlines = "".join(
        f'<path id="{name}" d="{outline}"></path>' for outline, name in shared.items()
    )
    glyphs = f'<svg class="glyphs" aria-hidden="true"><defs>{outlines}</defs></svg>'
    return _OUTLINE.sub(use, content) + glyphs
