"""The notebook's page: the content of mkdocs-jupyter's, in the site's own markup.

mkdocs-jupyter brings JupyterLab's style sheets, scripts from other hosts, and images written out
within the page: 600 kB before the first cell. Kept are the texts, the code and the outputs.
"""

import hashlib
import html
import struct
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from itertools import count
from typing import Any

import lxml.html
from lxml.html.builder import E
from nbconvert.filters.markdown_mistune import IPythonRenderer

from vae_report.site.words import word

_PNG = "data:image/png;base64,"


def mark_formulas() -> None:
    """Have nbconvert mark formulas as arithmatex does, so that one typesetter serves all pages.

    nbconvert's parser alone knows which dollar sign of a cell opens a formula; its renderer drops
    that knowledge, and offers no other way in.
    """

    def inline_math(_: IPythonRenderer, body: str) -> str:
        return rf'<span class="arithmatex">\({html.escape(body)}\)</span>'

    def block_math(_: IPythonRenderer, body: str) -> str:
        return rf'<div class="arithmatex">\[{html.escape(body)}\]</div>'

    def latex_environment(renderer: IPythonRenderer, name: str, body: str) -> str:
        return block_math(renderer, rf"\begin{{{name}}}{body}\end{{{name}}}")

    for render in (inline_math, block_math, latex_environment):
        setattr(IPythonRenderer, render.__name__, render)


def lighten(
    content: str,
    notebook: str,
    alternatives: Iterable[str],
    publish: Callable[[str, bytes], str],
) -> str:
    """Rewrite a notebook's page, with links to the notebook below its title and at its end.

    Args:
        content: The HTML that mkdocs-jupyter renders.
        notebook: The address of the file.
        alternatives: The alternative text of each image, in order.
        publish: A function that adds a file to the site, by its name, and returns its address.
    """
    page = lxml.html.fragment_fromstring(content, create_parent="div")
    for foreign in page.xpath("//script | //style | //link"):
        foreign.drop_tree()
    images = page.xpath(f"//{_has('jp-RenderedImage')}//img")
    for image, alternative in zip(images, alternatives, strict=True):
        _rewrite_image(image, alternative, publish)
    for table in page.iter("table"):
        _rewrite_table(table)
    download = E.p(
        E.a(word("download_notebook"), {"class": "md-button", "href": notebook, "download": ""})
    )
    for title in page.iter("h1"):
        title.addnext(deepcopy(download))
    parts = page.xpath(
        " | ".join(
            f"//{_has(kind)}"
            for kind in ("jp-RenderedMarkdown", "highlight-ipynb", "jp-OutputArea-output")
        )
    )
    outputs = count(1)
    return "\n".join([*(_part(part, outputs) for part in parts), _outer(download)])


def image_alternatives(notebook: dict[str, Any]) -> list[str]:
    """List the alternative text of each image of a notebook: its cell's `alt`, in the metadata."""
    return [
        cell["metadata"].get("alt", word("code_output"))
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


def _has(css_class: str) -> str:
    return f"*[contains(concat(' ', normalize-space(@class), ' '), ' {css_class} ')]"


def _part(part: lxml.html.HtmlElement, outputs: Iterator[int]) -> str:
    classes = part.classes
    if "highlight-ipynb" in classes:
        return f'<div class="highlight"><pre><code>{_inner(part[0])}</code></pre></div>'
    if "jp-OutputArea-output" in classes:
        label = f'aria-label="{word("output", number=next(outputs))}"'
        return f'<section class="notebook__output" {label} tabindex="0">{_inner(part)}</section>'
    for code in part.xpath(f".//{_has('highlight')}/pre[not(code)]"):
        code.tag = "code"
        code.getparent().replace(code, E.pre(deepcopy(code)))
    for link in part.xpath(f".//{_has('anchor-link')}"):
        link.set("class", "headerlink")
        link.set("title", word("section_link"))
    # A displayed formula ends the paragraph in which nbconvert places it.
    for empty in part.xpath(".//p[not(node())]"):
        empty.drop_tree()
    return _inner(part)


def _inner(element: lxml.html.HtmlElement) -> str:
    return html.escape(element.text or "", quote=False) + "".join(map(_outer, element))


def _outer(element: lxml.html.HtmlElement) -> str:
    markup: str = lxml.html.tostring(element, encoding="unicode")
    return markup


def _rewrite_table(table: lxml.html.HtmlElement) -> None:
    """Leave the look of a table to the site, and give its headings their scope."""
    for element in table.iter():
        element.attrib.clear()
    for heading in table.iter("th"):
        if heading.text_content():
            heading.set("scope", "row" if heading.xpath("ancestor::tbody") else "col")
        else:
            heading.tag = "td"


def _rewrite_image(
    image: lxml.html.HtmlElement, alternative: str, publish: Callable[[str, bytes], str]
) -> None:
    image.set("alt", alternative)
    image.set("loading", "lazy")
    source = image.get("src")
    if not source.startswith(_PNG):
        return
    content = b64decode(source.removeprefix(_PNG))
    width, height = struct.unpack(">II", content[16:24])
    image.set("width", image.get("width", str(width)))
    image.set("height", image.get("height", str(height)))
    image.set("src", publish(f"{hashlib.sha256(content).hexdigest()[:12]}.png", content))
