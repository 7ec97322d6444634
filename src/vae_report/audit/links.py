"""The check that every link, anchor and asset of a built site is there, without a server."""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import lxml.etree
import lxml.html

from vae_report.audit.marks import NOT_FOUND, Violation, page_name

_CANDIDATE = re.compile(r"\s*([^\s,]\S*[^\s,])(?:\s[^,]*)?(?:,|$)")
_SOCIAL = "//meta[@property='og:image' or @property='og:url' or @name='twitter:image']/@content"
_NAMES_A_FILE = {"src", "file", "start_url"}


class _Link(NamedTuple):
    file: Path
    base: str
    target: str


def dead_links(site: Path, home: str) -> list[Violation]:
    """Find missing targets of pages, style sheets, manifests, the sitemap and the search.

    Args:
        site: The folder of the built site.
        home: The address that the site was built for.

    Returns:
        One violation for each place that names something missing within the site; other sites are
        not asked.
    """
    anchors = functools.cache(_anchors)
    violations: list[Violation] = []
    for link in dict.fromkeys(_links(site, home)):
        address, fragment = urldefrag(urljoin(link.base, link.target))
        if urlsplit(address)[:2] != urlsplit(home)[:2]:
            continue
        target = site / unquote(urlsplit(address.removeprefix(home)).path)
        if target.is_dir():
            target /= "index.html"
        if not address.startswith(home) or not target.is_file():
            rule = "missing-file"
        elif fragment and target.suffix == ".html" and unquote(fragment) not in anchors(target):
            rule = "missing-anchor"
        else:
            continue
        violations.append(Violation(page_name(site, link.file), "links", rule, link.target))
    return violations


def _links(site: Path, home: str) -> Iterator[_Link]:
    for file in sorted(path for path in site.rglob("*") if path.is_file()):
        path = file.relative_to(site).as_posix()
        # Readers may ask for a missing page at any depth.
        base = f"{home}no/such/page/" if path == NOT_FOUND else home + path
        if file.suffix == ".html":
            targets = _in_page(file)
        elif file.suffix == ".css":
            targets = _in_style(file)
        elif path == "sitemap.xml":
            targets = lxml.etree.parse(file).xpath("//*[local-name()='loc']/text()")
        elif path == "search/search_index.json":
            base = home
            targets = (entry["location"] for entry in json.loads(file.read_bytes())["docs"])
        elif file.suffix == ".webmanifest" or file.name == "manifest.json":
            targets = _in_manifest(json.loads(file.read_bytes()))
        else:
            continue
        yield from (_Link(file, base, target) for target in targets)


def _in_page(file: Path) -> Iterator[str]:
    page = _parse(file)
    for _, _, target, _ in page.iterlinks():
        yield target
    for candidates in page.xpath("//@srcset | //@imagesrcset"):
        yield from _CANDIDATE.findall(candidates)
    yield from page.xpath(f"//@poster | {_SOCIAL}")


def _in_style(file: Path) -> Iterator[str]:
    style = lxml.html.Element("style")
    style.text = file.read_text(encoding="utf-8")
    for _, _, target, _ in style.iterlinks():
        yield target


def _in_manifest(content: Any) -> Iterator[str]:  # noqa: ANN401
    if isinstance(content, list):
        for each in content:
            yield from _in_manifest(each)
    elif isinstance(content, dict):
        for name, value in content.items():
            if name in _NAMES_A_FILE and isinstance(value, str):
                yield value
            yield from _in_manifest(value)


def _anchors(file: Path) -> set[str]:
    return {"top", *_parse(file).xpath("//@id | //a/@name")}


def _parse(file: Path) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(file.read_bytes(), parser=lxml.html.HTMLParser(encoding="utf-8"))
