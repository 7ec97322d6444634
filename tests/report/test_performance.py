"""The page `performance`, with a benchmark and without."""

import json
import re
import shutil

import lxml.html
import pytest

from miniature import mkdocs_build, write_sources, write_walkthrough


def summary(median, unit):
    return {
        "unit": unit,
        "repetitions": 30,
        "median": median,
        "lower_quartile": 0.9 * median,
        "upper_quartile": 1.1 * median,
    }


SPEED, RATIO, TIME = summary(51234.5, "images/s"), summary(1.2345, "times"), summary(2.5, "s")
# A section at least, and all that the text names.
TABLES = {
    "step": {
        "784–400–20, 2 threads": {
            "fast step": SPEED,
            "fast step, times its products": RATIO,
            "fast step, as fast as the recipe": RATIO,
        }
    },
    "quality": {
        "time to the target, or to the end": {
            "usual recipe": TIME,
            "ours": TIME,
            "ours, as fast as the recipe": RATIO,
        }
    },
    "processes": {
        "4 equal runs": {
            "2 processes, as fast as 1": RATIO,
            "2 processes, as fast as 2 threads": RATIO,
        }
    },
    "evaluation": {"bound": {"many images at once": SPEED}},
    "builds": {"build of the quick profile": {"nothing changed, longer than mkdocs alone": TIME}},
    "memory": {"largest size of a process": {"fast step": summary(400.0, "MiB")}},
    "growth": {"seconds by runs": {"1 runs": TIME}},
}
MACHINE = {
    "processor": "An abacus",
    "cores": 2,
    "memory": 23.5,
    "system": "Linux",
    "versions": {"python": "3.11.7", "torch": "2.13.0"},
}


@pytest.fixture
def sources(tmp_path):
    """The pages of this report, over made-up results."""
    root = write_sources(tmp_path)
    write_walkthrough(root)
    return root


def performance_page(sources):
    built = mkdocs_build(sources)
    assert built.returncode == 0, built.stdout + built.stderr
    page = lxml.html.parse(sources / "site" / "performance" / "index.html")
    return page.find(".//article")


def test_without_a_benchmark_the_page_says_how_to_make_one(sources):
    article = performance_page(sources)
    assert "make bench" in article.text_content()
    assert not list(article.iter("table"))


def test_with_a_benchmark_the_page_shows_it(sources):
    page = (sources / "docs" / "performance.md").read_text(encoding="utf-8")
    assets = sources / "docs" / "assets"
    figures = re.findall(r'\{\{ figure\("(\w+)"', page)
    for name in figures:
        shutil.copy(assets / "figures" / "loss.json", assets / "figures" / f"{name}.json")
    made_up = {"machine": MACHINE, "quick": True, "tables": TABLES, "curves": {}}
    (assets / "benchmark.json").write_text(json.dumps(made_up), encoding="utf-8")

    article = performance_page(sources)
    text = re.sub(r"\s+", " ", article.text_content())
    assert [
        figure.get("id") for figure in article.iter("figure") if list(figure.iter("table"))
    ] == [f"benchmark-{section}" for section in TABLES]
    assert len(list(article.iter("img"))) == 2 * len(figures) > 0
    assert "An abacus, 2 cores, 24 GiB" in text
    assert "takes 1.23 times as long as its products" in text
    assert "This was a quick benchmark" in text
