import json

import pytest
from tiny_site import HOME

from vae_report.audit.links import dead_links
from vae_report.audit.marks import Violation

SOUND = f"""
<p><a href="#start">start</a> <a href="deep/#caf%C3%A9">deep</a> <a href="{HOME}deep/">home</a>
<a href="#">up</a> <a href="https://elsewhere.test/x">else</a> <a href="mailto:a@b.test">mail</a>
<a href="deep/index.html?theme=dark">asked</a></p>
<img alt="" src="data:image/gif;base64,R0lGOD" srcset="style.css 1x, style.css?v=1,2 2x">
<svg><use href="#start"></use></svg>
"""
DEEP = '<p id="café"><a href="../">up</a> <a href="../#start">start</a></p>'


def test_what_is_there_is_no_violation(make_site):
    site = make_site(SOUND, **{"deep/index.html": DEEP, "404.html": f'<a href="{HOME}">home</a>'})
    assert dead_links(site, HOME) == []


@pytest.mark.parametrize(
    ("body", "rule", "element"),
    [
        ('<a href="no/such/">a</a>', "missing-file", "no/such/"),
        ('<a href="../">a</a>', "missing-file", "../"),
        (f'<a href="{HOME}gone">a</a>', "missing-file", f"{HOME}gone"),
        ('<a href="#gone">a</a>', "missing-anchor", "#gone"),
        ('<a href="deep/#gone">a</a>', "missing-anchor", "deep/#gone"),
        ('<a href="Deep/">a</a>', "missing-file", "Deep/"),
        ('<img alt="" src="gone.png">', "missing-file", "gone.png"),
        (
            '<img alt="" src="style.css" srcset="style.css, gone.png 2x">',
            "missing-file",
            "gone.png",
        ),
        ('<video poster="gone.png"></video>', "missing-file", "gone.png"),
        ('<p style="background: url(gone.png)">a</p>', "missing-file", "gone.png"),
        ("<style>a { background: url('gone.png') }</style>", "missing-file", "gone.png"),
        ('<svg><use href="#gone"></use></svg>', "missing-anchor", "#gone"),
        ('<script src="gone.js"></script>', "missing-file", "gone.js"),
        (
            f'<meta property="og:image" content="{HOME}gone.png">',
            "missing-file",
            f"{HOME}gone.png",
        ),
    ],
)
def test_what_a_page_names_must_be_there(make_site, body, rule, element):
    site = make_site(body, **{"deep/index.html": DEEP})
    assert dead_links(site, HOME) == [Violation("/", "links", rule, element)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("looks/more.css", "a { background: url(gone) }"),
        ("looks/more.css", '@import "gone";'),
        ("explorer/manifest.json", json.dumps({"models": [{"file": "gone"}]})),
        ("site.webmanifest", json.dumps({"icons": [{"src": "gone", "sizes": "any"}]})),
        ("search/search_index.json", json.dumps({"docs": [{"location": "gone"}]})),
    ],
)
def test_what_other_files_name_must_be_there(make_site, name, content):
    assert dead_links(make_site(**{name: content}), HOME) == [
        Violation(name, "links", "missing-file", "gone")
    ]


def test_page_404_may_be_asked_for_at_any_depth(make_site):
    site = make_site(**{"404.html": '<a href="style.css">a</a>'})
    assert dead_links(site, HOME) == [Violation("404.html", "links", "missing-file", "style.css")]
    make_site(**{"404.html": '<a href="/of/style.css">a</a>'})
    assert dead_links(site, HOME) == []


def test_the_sitemap_names_pages_that_are_there(make_site):
    site = make_site(**{"sitemap.xml": f"<urlset><loc>{HOME}</loc><loc>{HOME}gone/</loc></urlset>"})
    assert dead_links(site, HOME) == [
        Violation("sitemap.xml", "links", "missing-file", f"{HOME}gone/")
    ]
