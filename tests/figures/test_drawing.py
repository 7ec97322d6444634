"""What becomes of a figure's function: its files, and what is said of it."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from made_up_results import diverged, without
from vae_report.figures import FigureEntry, draw
from written import write


def entry_of(name, files):
    """What the pages know of a figure."""
    return FigureEntry.model_validate_json(files[f"{name}.json"])


@pytest.mark.parametrize(("name", "suffix"), [("losses", "svg"), ("samples", "webp")])
def test_the_files_follow_from_the_results_alone(name, suffix, results, tmp_path):
    files = draw(name, results)
    with mpl.rc_context({"font.size": 40, "axes.facecolor": "red"}):
        assert draw(name, results) == files
    entry = entry_of(name, files)
    variants = {f"{name}.light.{suffix}", f"{name}.dark.{suffix}"}
    assert {entry.light, entry.dark} == variants
    assert set(files) == {f"{name}.json", *variants, *([entry.data] if entry.data else [])}
    assert files[entry.light] != files[entry.dark]
    write(files, tmp_path)
    for variant in variants:
        assert size_and_content(tmp_path / variant) == (entry.width, entry.height)


def size_and_content(path: Path):
    """The size in CSS pixels of a file in which something is drawn."""
    if path.suffix == ".svg":
        root = ElementTree.parse(path).getroot()
        assert len(root.findall(".//{*}path")) > 20
        assert not root.findall(".//{*}text"), "the reader's machine may lack the font"
        sides = (root.get(side).rstrip("pt") for side in ("width", "height"))
        return tuple(round(float(side) * 96 / 72) for side in sides)
    with Image.open(path) as image:
        assert np.asarray(image.convert("L")).std() > 10
        return image.width / 2, image.height / 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [("losses", ["vae-2", "vae-16", "ae-2", "ae-16"]), ("samples", ["vae-2", "vae-16"])],
)
def test_the_runs_that_are_shown_are_listed(name, shown, results):
    assert list(entry_of(name, draw(name, results)).runs) == shown


def test_a_run_that_is_left_out_is_not_listed(results):
    runs = results.runs | {"vae-16": diverged(results.runs["vae-16"])}
    assert entry_of("samples", draw("samples", replace(results, runs=runs))).runs == ("vae-2",)


def test_a_missing_run_is_told_instead_of_drawing(results):
    files = draw("samples", without(results, runs=lambda run: run.model == "vae"))
    assert list(files) == ["samples.json"]
    assert "the headline has no " in json.loads(files["samples.json"])["not_measured"]
