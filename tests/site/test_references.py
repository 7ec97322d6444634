import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniature import mkdocs_build
from vae_report.errors import ReportError
from vae_report.site.references import Citations, Reference, load_references

WORKS = {
    "zed1999": Reference(authors=("A. Zed",), year=1999, title="One", identifier="doi:10.1/<x>"),
    "and2001": Reference(
        authors=("Q. And", "M. van der Berg"), year=2001, title="Two", identifier="arXiv:1.2"
    ),
    "and2000": Reference(
        authors=("Q. And", "C. Dé", "E. Ef"), year=2000, title="Three", identifier="https://a.b/c"
    ),
    "and1990": Reference(authors=("Q. And",), year=1990, title="Four", identifier="arXiv:3.4"),
}
INCOMPLETE = """
[{key}]
authors = {authors}
year = 2000
title = "Of it"
identifier = "{identifier}"
"""


def listed(citations):
    return lxml.html.fromstring(citations.references()).xpath(".//li | self::li")


def test_mention_is_authors_and_year_linked_to_the_entry():
    citations = Citations(WORKS)
    assert [citations.cite(key) for key in WORKS] == [
        "[Zed 1999](#reference-zed1999)",
        "[And and van der Berg 2001](#reference-and2001)",
        "[And et al. 2000](#reference-and2000)",
        "[And 1990](#reference-and1990)",
    ]
    assert {entry.get("id") for entry in listed(citations)} == {f"reference-{key}" for key in WORKS}


def test_entry_says_who_wrote_what_when_and_leads_there():
    citations = Citations(WORKS)
    for key in WORKS:
        citations.cite(key)
    entries = {
        entry.text_content().strip(): entry.find("a").get("href") for entry in listed(citations)
    }
    assert entries == {
        "Q. And (1990). Four. arXiv:3.4": "https://arxiv.org/abs/3.4",
        "Q. And, C. Dé and E. Ef (2000). Three. https://a.b/c": "https://a.b/c",
        "Q. And and M. van der Berg (2001). Two. arXiv:1.2": "https://arxiv.org/abs/1.2",
        "A. Zed (1999). One. doi:10.1/<x>": "https://doi.org/10.1/<x>",
    }


@given(st.lists(st.sampled_from(list(WORKS)), min_size=1))
def test_list_holds_what_is_cited_once_by_authors_and_year(keys):
    citations = Citations(WORKS)
    for key in keys:
        citations.cite(key)
    in_order = ["and1990", "and2000", "and2001", "zed1999"]
    assert [entry.get("id").removeprefix("reference-") for entry in listed(citations)] == [
        key for key in in_order if key in keys
    ]


def test_mention_below_the_list_is_refused():
    citations = Citations(WORKS)
    citations.references()
    with pytest.raises(ReportError, match='"zed1999" is cited below the list'):
        citations.cite("zed1999")


def test_works_are_listed_once():
    citations = Citations(WORKS)
    citations.references()
    with pytest.raises(ReportError, match="stands on this page twice; remove one"):
        citations.references()


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"key": '"Zed 1999"'}, "Zed 1999"),
        ({"authors": "[]"}, "zed1999.authors"),
        ({"authors": '["Zed"]'}, "zed1999.authors.0"),
        ({"identifier": "1312.6114"}, "zed1999.identifier"),
        ({"authors": '["A. Zed"'}, "cannot be read"),
    ],
)
def test_incomplete_entry_is_reported_in_one_line(tmp_path, entry, problem):
    path = tmp_path / "references.toml"
    whole = {"key": "zed1999", "authors": '["A. Zed"]', "identifier": "arXiv:1.2"}
    path.write_text(INCOMPLETE.format(**whole))
    assert load_references(path)["zed1999"].label == "Zed 2000"
    path.write_text(INCOMPLETE.format(**whole | entry))
    with pytest.raises(ReportError) as failure:
        load_references(path)
    assert str(failure.value).startswith(f"{path}: ")
    assert problem in str(failure.value)
    assert "\n" not in str(failure.value)


def test_bibliography_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(ReportError, match=r"references\.toml: cannot be read"):
        load_references(tmp_path / "references.toml")


def test_mentions_lead_to_entries_of_the_same_page(miniature):
    page = lxml.html.parse(miniature / "metrics" / "index.html")
    mentions = page.xpath('//a[starts-with(@href, "#reference-")]/@href')
    entries = page.xpath('//ul[@class="references"]/li/@id')
    assert {mention.removeprefix("#") for mention in mentions} == set(entries)
    assert len(entries) > 1


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("nobody1900", 'docs/performance.md:3: no reference "nobody1900"; name one of '),
        ("efron1979", "docs/performance.md:3: the page cites works and lists none; end it with "),
    ],
)
def test_mention_without_an_entry_ends_the_build_in_one_line(sources, key, message):
    (sources / "docs" / "performance.md").write_text(f'# A page\n\n{{{{ cite("{key}") }}}}\n')
    built = mkdocs_build(sources)
    assert built.returncode == 1
    line, _ = filter(None, (built.stdout + built.stderr).splitlines())
    assert line.startswith(message)
