"""The report as a paper: its page, printed by a browser."""

import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import lxml.html
import matplotlib
from playwright.sync_api import Browser, Route
from pypdf import PdfWriter

_FACES = {
    "STIXGeneral": "",
    "STIXGeneralItalic": "font-style: italic",
    "STIXGeneralBol": "font-weight: bold",
    "STIXGeneralBolIta": "font-style: italic; font-weight: bold",
}
"""The faces of the serif type that comes with Matplotlib, which is the same on every machine."""

_MOMENT = re.compile(rb"D:\d{14}")
_NODE = re.compile(rb"node\d{8}")
_TITLE_TWICE = re.compile(rb"(/Title \((.+))\2\)")

_LOAD_ALL = """async () => {
  for (const image of document.images) image.loading = "eager";
  const shown = [...document.images].filter((image) => image.checkVisibility());
  await Promise.all([
    ...[...document.fonts].map((face) => face.load()),
    ...shown.map((image) => image.decode()),
  ]);
}"""


def print_report(browser: Browser, site: Path, date: int) -> bytes:
    """Print the first page of a built site.

    The browser finds the site under the address at which it will be published, so that links lead
    there. It has no access to the network.

    Args:
        browser: The browser that prints.
        site: The folder of the site.
        date: The date of the report, in seconds since 1970.

    Returns:
        A tagged PDF with an outline, and the title and authors by which the page is cited; the same
        site gives the same bytes under the same browser.
    """
    page_source = lxml.html.parse(site / "index.html")
    home = page_source.find(".//link[@rel='canonical']").get("href")
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"

    def answer(route: Route) -> None:
        name = unquote(urlsplit(route.request.url.removeprefix(home)).path) or "index.html"
        file = fonts / Path(name).name if name.endswith(".ttf") else site / name
        if route.request.url.startswith(home) and file.is_file():
            route.fulfill(path=file)
        else:
            route.abort()

    with browser.new_context(color_scheme="light") as context:
        page = context.new_page()
        page.emulate_media(media="print")
        page.route("**/*", answer)
        page.goto(home, wait_until="networkidle")
        page.add_style_tag(
            content="".join(
                f'@font-face {{ font-family: "Paper"; src: url("{home}{name}.ttf"); {style} }}'
                for name, style in _FACES.items()
            )
        )
        page.evaluate(_LOAD_ALL)
        printed = page.pdf(prefer_css_page_size=True, tagged=True, outline=True)
    cited = {
        name: page_source.xpath(f"//meta[@name='citation_{name}']/@content")
        for name in ("title", "author")
    }
    return _signed(_as_of(date, printed), **cited)


def _signed(printed: bytes, title: list[str], author: list[str]) -> bytes:
    """Add title and authors to a PDF, which the browser leaves out."""
    writer = PdfWriter(BytesIO(printed), incremental=True)
    writer.add_metadata({"/Title": ", ".join(title), "/Author": ", ".join(author)})
    signed = BytesIO()
    writer.write(signed)
    return signed.getvalue()


def _as_of(date: int, printed: bytes) -> bytes:
    """Replace what differs between printings of the same PDF, each part by as many bytes.

    These are the time, and the numbers that the browser gave to the nodes of the page. If it moved
    a heading to the next sheet, it notes its title twice.
    """
    moment = datetime.fromtimestamp(date, UTC).strftime("D:%Y%m%d%H%M%S").encode()
    nodes = sorted(set(_NODE.findall(printed)))
    numbers = {node: b"node%08d" % number for number, node in enumerate(nodes)}
    printed = _TITLE_TWICE.sub(lambda match: match[1] + b")" + b" " * len(match[2]), printed)
    return _NODE.sub(lambda match: numbers[match[0]], _MOMENT.sub(moment, printed))
