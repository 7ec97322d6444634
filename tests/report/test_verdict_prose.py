"""The report's own pages, under verdicts and numbers that another machine could find."""

import copy
import json
import random
import re
import shutil
from collections import defaultdict

import lxml.html
import pytest
from mkdocs.config import load_config
from mkdocs.structure.files import get_files
from mkdocs.structure.pages import Page

from made_up_results import made_up_results
from miniature import PROVENANCE, mkdocs_build, seal
from registered import CLAIMS, FIGURES, PERFORMANCE_FIGURES
from small_report import REPOSITORY
from vae_report.claims import decide
from vae_report.measurements import declared
from vae_report.results.tables import metrics_files

VERDICTS = ("supported", "contradicted", "inconclusive", "not measured in this profile")
RAW = r"<% raw %>.*?<% endraw %>"
TAG = re.compile(
    rf'{RAW}|<% verdict "(?P<claim>[^"]+)" %>|<% when (?P<verdicts>[a-z ]+) %>\s*'
    "|<% (?P<end>endverdict) %>",
    re.DOTALL,
)
MARK = re.compile(r"⟦(\d+)⟧")


def tagged(text):
    """Put a number into every form of a page, and list what must hold for it to be shown."""
    conditions, open_blocks = [], []

    def tag(match):
        if match["claim"]:
            open_blocks.append([match["claim"], ()])
        elif match["verdicts"]:
            open_blocks[-1][1] = tuple(match["verdicts"].split(" or "))
            conditions.append(tuple(map(tuple, open_blocks)))
            return f"{match[0].rstrip()}⟦{len(conditions) - 1}⟧"
        elif match["end"]:
            open_blocks.pop()
        return match[0]

    return TAG.sub(tag, text), conditions


def metrics_of(results):
    return json.loads(metrics_files(results, declared())["metrics.json"])


def found(claims, verdicts):
    """Let claims come out as they may: what was not measured has no effect."""
    unmeasured = {
        **dict.fromkeys(("effect", "interval", "margin", "p_value", "least")),
        "comparisons": [],
        "over": "",
        "missing": "no such run",
    }
    return {
        "claims": [
            claim
            | dict.fromkeys(("verdict", "verdict_after_holm"), verdicts[claim["id"]])
            | (unmeasured if verdicts[claim["id"]] == VERDICTS[-1] else {})
            for claim in claims
        ]
    }


class Pages:
    """The repository's pages over made-up results, their forms tagged."""

    def __init__(self, root, profile="full"):
        results = made_up_results(profile=profile)
        self.root = root
        self.metrics = metrics_of(results)
        self.claims = [decision.model_dump(mode="json") for decision in decide(results)]
        self.conditions = {}
        for name in ("mkdocs.yml", "report.toml"):
            shutil.copy(REPOSITORY / name, root / name)
        for name in ("assets", "scripts", "package-lock.json", "node_modules"):
            (root / name).symlink_to(REPOSITORY / name)
        docs = root / "docs"
        (docs / "assets" / "figures").mkdir(parents=True)
        for name in ("references.toml", "walkthrough.py"):
            shutil.copy(REPOSITORY / "docs" / name, docs)
        for page in (REPOSITORY / "docs").glob("*.md"):
            text, self.conditions[page.name] = tagged(page.read_text(encoding="utf-8"))
            (docs / page.name).write_text(text, encoding="utf-8")
        for name in [*FIGURES, *PERFORMANCE_FIGURES]:
            self.write(f"figures/{name}.json", {"diverged": "nobody drew it"})
        versions = PROVENANCE["versions"] | {"vae-report": "0.1.0"}
        self.write("provenance.json", PROVENANCE | {"profile": profile, "versions": versions})
        self.write("card.json", {})
        self.write("walkthrough.ipynb", {})
        self.write("metrics.csv", {})
        self.config = load_config(str(root / "mkdocs.yml"))

    def write(self, name, content):
        path = self.root / "docs" / "assets" / name
        path.write_text(json.dumps(content), encoding="utf-8")

    def rendered(self, verdicts, metrics=None):
        """Evaluate every page as MkDocs would: Markdown by the name of the page."""
        self.write("claims.json", found(self.claims, verdicts))
        self.write("metrics.json", metrics or self.metrics)
        seal(self.root)
        plugin = self.config.plugins["vae-report"]
        plugin.on_startup(command="build", dirty=False)
        plugin.on_config(self.config)
        files = get_files(self.config)
        self.config.plugins._current_plugin = "vae-report"  # As MkDocs notes whom it calls.
        files.add_files_from_theme(self.config.theme.get_env(), self.config)
        plugin.on_files(files, config=self.config)
        texts = {}
        for file in files.documentation_pages():
            if file.src_uri in self.conditions:
                page = Page(None, file, self.config)
                page.read_source(self.config)
                texts[file.src_uri] = plugin.on_page_markdown(
                    page.markdown, page=page, config=self.config, files=files
                )
        plugin.on_env(None, config=self.config, files=get_files(self.config))
        return texts


@pytest.fixture(scope="module", params=["full", "quick"])
def pages(request, tmp_path_factory):
    return Pages(tmp_path_factory.mktemp("pages"), request.param)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return Pages(tmp_path_factory.mktemp("full"))


def all_at(verdict):
    return dict.fromkeys(CLAIMS, verdict)


def mixed(seed):
    draw = random.Random(seed)
    return {identifier: draw.choice(VERDICTS) for identifier in CLAIMS}


WORLDS = {verdict.split()[0]: all_at(verdict) for verdict in VERDICTS} | {
    f"mixture {seed}": mixed(seed) for seed in range(6)
}


def holds(condition, verdicts):
    return all(
        any(verdicts[claim].startswith(verdict) for verdict in named) for claim, named in condition
    )


@pytest.mark.parametrize("world", WORLDS)
def test_every_page_shows_the_forms_that_hold_and_no_other(pages, world):
    verdicts = WORLDS[world]
    for page, text in pages.rendered(verdicts).items():
        assert text, f"{page} could not be evaluated"
        shown = [int(number) for number in MARK.findall(text)]
        expected = [
            number
            for number, condition in enumerate(pages.conditions[page])
            if holds(condition, verdicts)
        ]
        assert shown == expected, page
        assert "<%" not in re.sub(r"`[^`]*`|```.*?```", "", text, flags=re.DOTALL), page


def test_the_report_itself_has_forms(full):
    named = {claim for condition in full.conditions["index.md"] for claim, _ in condition}
    assert len(named) > 10


NUMBER = r"([\d\u202f.]+)"
COMPARISONS = {
    "mean-decoded loss": (
        rf"it is {NUMBER} nats, (above|below|equal to) the negative ELBO of {NUMBER} nats",
        ("above", "below", "equal to"),
    ),
    "validation loss": (
        rf"stands at {NUMBER} nats on validation images, (above|below|level with) the 2-D one at "
        rf"{NUMBER} nats",
        ("above", "below", "level with"),
    ),
    "squared error": (
        rf"test images is {NUMBER} a pixel, (higher than|lower than|equal to) the {NUMBER} with",
        ("higher than", "lower than", "equal to"),
    ),
    "samples": (
        rf"those of the 16-D model (?P<word>farther away|closer|just as far), at {NUMBER}\.",
        ("farther away", "closer", "just as far"),
    ),
    "reconstruction loss of 2-D models": (
        rf"In 2 dimensions its reconstruction loss on test images is {NUMBER} nats, "
        rf"(higher than|lower than|equal to) the VAE's of {NUMBER} nats",
        ("higher than", "lower than", "equal to"),
    ),
    "reconstruction loss of 16-D models": (
        rf"in 16 it is {NUMBER} nats, (higher than|lower than|equal to) the VAE's of {NUMBER} nats",
        ("higher than", "lower than", "equal to"),
    ),
    "mixture in 16-D": (
        rf"In 16 dimensions the mixture's images lie at a Fréchet distance of {NUMBER} from real "
        rf"ones, (farther away than|closer than|just as far as) the VAE's at {NUMBER};",
        ("farther away than", "closer than", "just as far as"),
    ),
    "mixture in 2-D": (
        rf"in 2 dimensions at {NUMBER}, (farther away than|closer than|just as far as) the VAE's "
        rf"at {NUMBER}\.",
        ("farther away than", "closer than", "just as far as"),
    ),
}


def compared(text, pattern):
    """Read a word that compares from a page, and the two numbers that it compares."""
    plain = " ".join(MARK.sub("", text).replace("\u00a0", " ").split())
    (match,) = re.finditer(pattern, plain)
    if "word" in match.re.groupindex:  # the other number stands before
        before = re.findall(rf"Fréchet distance of {NUMBER} from", plain[: match.start()])
        numbers, word = (match[2], before[-1]), match["word"]
    else:
        numbers, word = (match[1], match[3]), match[2]
    return *(float(number.replace("\u202f", "")) for number in numbers), word


def overwrite(numbers, others):
    """Give a run the numbers of another, as far as both have them."""
    for key in numbers.keys() & others.keys():
        if isinstance(numbers[key], dict) and isinstance(others[key], dict):
            overwrite(numbers[key], others[key])
        elif isinstance(numbers[key], float) and isinstance(others[key], float):
            numbers[key] = others[key]


def changed(metrics, change):
    """The same metrics with some numbers of the headline exchanged."""
    metrics = copy.deepcopy(metrics)
    runs = metrics["runs"]
    kind, *names = change.split()
    if kind in ("exchange", "level"):
        one, other = (runs[name] for name in names)
        before = copy.deepcopy(one)
        overwrite(one, other)
        if kind == "exchange":
            overwrite(other, before)
    elif kind == "bounds":
        for run in ("vae-2", "vae-16"):
            test = runs[run]["test"]
            if names[0] == "exchange":
                test["negative_elbo"], test["mean_decoded_loss"] = (
                    test["mean_decoded_loss"],
                    test["negative_elbo"],
                )
            else:
                test["mean_decoded_loss"] = test["negative_elbo"]
    else:
        for size in ("2", "16"):
            ae, vae = runs[f"ae-{size}"], runs[f"vae-{size}"]
            decoded = vae["test"]["mean_decoded_loss"] - vae["test"]["kl"]
            distance, loss = vae["samples"]["frechet"], ae["test"]["bce"]
            more = {"above": 1, "below": -1, "level": 0}[names[0]]
            ae["test"]["bce"] = decoded + more * abs(loss - decoded)
            ae["mixture_samples"]["frechet"] = distance + more * distance / 2
    return metrics


CHANGES = (
    "exchange vae-2 vae-16",
    "exchange vae-2 ae-2",
    "exchange vae-16 ae-16",
    "level vae-2 vae-16",
    "bounds exchange",
    "bounds level",
    "autoencoders above",
    "autoencoders below",
    "autoencoders level",
)


def test_words_that_compare_follow_the_numbers(full):
    said = defaultdict(set)
    for change in ("", *CHANGES):
        metrics = changed(full.metrics, change) if change else full.metrics
        index = full.rendered(all_at("inconclusive"), metrics)["index.md"]
        for name, (pattern, words) in COMPARISONS.items():
            one, other, word = compared(index, pattern)
            more, less, equal = words
            assert word == (equal if one == other else more if one > other else less), name
            said[name].add(word)
    assert said == {name: set(words) for name, (_, words) in COMPARISONS.items()}


def test_a_report_in_which_nothing_comes_out_as_expected_is_built(tmp_path):
    pages = Pages(tmp_path)
    pages.write("claims.json", found(pages.claims, all_at("contradicted")))
    pages.write("metrics.json", pages.metrics)
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"description": ""}, "cells": []}
    pages.write("walkthrough.ipynb", notebook)
    built = mkdocs_build(tmp_path)
    assert built.returncode == 0, built.stdout + built.stderr
    page = lxml.html.parse(tmp_path / "site" / "index.html")
    verdicts = {link.get("data-verdict") for link in page.iterfind(".//a[@class='verdict']")}
    assert verdicts == {"contradicted"}
    [insights] = page.xpath("//h2[@id='9-insights']/following-sibling::ol[1]")
    assert len(insights) == 6
    for insight in insights:
        text = MARK.sub("", insight.text_content()).strip()
        assert insight.find(".//strong") is not None
        assert "**" not in text
        assert not insight.findall(".//pre")
