"""The generator's own words and its form of numbers, in another language."""

import re
import shutil

import lxml.html
import pytest

from miniature import mkdocs_build
from vae_report.audit.server import served
from vae_report.site import words
from vae_report.site.claims import Claims
from vae_report.site.expressions import evaluate
from vae_report.site.values import Record

GERMAN = """
[site]
language = "de"

[site.words]
decimal_mark = ","
thousands_mark = "."
interval = "[{lower}; {upper}]"
nats = "{number} Nats"
figure = "Abbildung {number}"
figure_title = "Abbildung {number}."
in_this_profile = "in diesem Profil"
not_drawn = "Fehlt {here}: {reason}."
supported = "gestützt"
contradicted = "widerlegt"
inconclusive = "offen"
not_measured = "{here} nicht gemessen"
tally = "Von {count} Aussagen:"
run = "Lauf"
sorted = "Sortiert nach {heading}, {order}"
ascending = "aufsteigend"
"Latent size" = "Latente Dimensionen"
"""


@pytest.fixture
def german():
    words.speak(
        {
            "decimal_mark": ",",
            "thousands_mark": ".",
            "interval": "[{lower}; {upper}]",
            "not_measured": "{here} nicht gemessen",
            "in_this_report": "in diesem Bericht",
        },
        whole=True,
    )
    yield
    words.speak({})


@pytest.fixture(scope="module")
def site(executed_sources, tmp_path_factory):
    """The report in miniature, in German."""
    root = tmp_path_factory.mktemp("german") / "report"
    shutil.copytree(executed_sources, root, symlinks=True)
    write(root, GERMAN)
    built = mkdocs_build(root)
    assert built.returncode == 0, built.stdout + built.stderr
    return root / "site"


def write(root, table):
    """Put a table in the place of `[site]` in a report's settings."""
    path = root / "report.toml"
    text = re.sub(r"\n\[site\]\n[^[]*", "\n", path.read_text(encoding="utf-8"))
    path.write_text(f"{text}\n{table}\n", encoding="utf-8")


def test_numbers_and_intervals_have_the_marks_of_the_report(german):
    names = {"run": Record("run", {"bce": 240.96, "ends": [1.21, 1.43], "size": 1068820})}
    text = "{{ run.bce | number(1) }} {{ run.ends | interval(1) }} {{ run.size | number }}"
    assert evaluate(text, names, "page") == ("241,0 [1,2; 1,4] 1.068.820", [])


def test_what_the_whole_report_lacks_is_not_put_down_to_its_profile(german):
    claim = {"verdict": "not measured in this profile", "effect": None}
    verdict = Claims({"a": claim}, {}, str).verdict("a")
    assert lxml.html.fromstring(verdict).text_content() == "in diesem Bericht nicht gemessen"


def test_pages_speak_the_language_of_the_report(site):
    page = lxml.html.parse(site / "index.html")
    assert page.getroot().get("lang") == "de"
    text = " ".join(page.find(".//article").text_content().split())
    assert "needs 249,6 Nats on" in text
    assert "gestützt 0,312 [0,301; 0,324]" in text
    assert "Abbildung 1 shows the loss" in text
    assert "Fehlt in diesem Profil: no run has more than two dimensions." in text
    evidence = lxml.html.parse(site / "evidence" / "index.html").find(".//article")
    assert "Von 4 Aussagen: 1 gestützt 1 widerlegt 1 offen 1 in diesem Profil nicht gemessen" in (
        " ".join(evidence.text_content().split())
    )
    headings = [each.text_content() for each in page.findall(".//article//thead//th")]
    assert headings[0] == "Lauf"
    assert "Latente Dimensionen" in headings
    for english in ("Figure", "supported", "Latent size"):
        assert english not in text


def test_scripts_speak_the_language_of_the_page(site, page):
    with served(site, under="/") as address:
        page.goto(address)
        table = page.locator("#metrics")
        table.get_by_role("button", name="MSE", exact=True).click()
        assert "Sortiert nach MSE, aufsteigend" in table.locator("output").text_content()


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('language = "xx"', "site.language = 'xx': the theme does not speak it"),
        ('words = { figur = "Abb." }', "no word site.words.figur; name one of figure, "),
        (
            'words = { "Latent sise" = "L" }',
            "no word site.words.Latent sise; name one of Latent size",
        ),
        ('words = { figure = "Abb. {n}" }', "site.words.figure = 'Abb. {n}': write it with the"),
        ('words = { figure = "Abb. {" }', "site.words.figure = 'Abb. {': write it with the"),
    ],
)
def test_word_that_does_not_fit_ends_the_build_in_one_line(sources, table, problem):
    write(sources, f"[site]\n{table}")
    built = mkdocs_build(sources)
    assert built.returncode == 1
    (line,) = filter(None, (built.stdout + built.stderr).splitlines())
    assert line.startswith(f"Error: report.toml: {problem}")
