"""Reports of images of other sizes and of fewer classes than this one's, wholly built."""

import json
import re

import lxml.html
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from safetensors import safe_open

from small_report import BUILT_WITH, REPORT, SWEEPS, make_report, start_build
from vae_report.audit.server import served

CLASSES = ["A", "B", "C", "D", "E"]
SIDES = (8, 16)

pytestmark = pytest.mark.build


@pytest.fixture(scope="module", params=SIDES)
def report(request, tmp_path_factory):
    """The side of its images, and the repository of a report that is built."""
    sweep = SWEEPS.partition("[sweeps.beta]")[0] + "[explorer]" + SWEEPS.partition("[explorer]")[2]
    # A shortened profile, which need not have the runs of every figure.
    text = REPORT.replace("[profiles.small]\n", "[profiles.small]\nepochs = 1\n") + sweep
    for key, value in {
        "classes": json.dumps(CLASSES),
        "epochs": "1",
        "seeds": "1",
        "channels": "[4, 8, 8, 8, 8]",
    }.items():
        text = re.sub(f"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
    root = tmp_path_factory.mktemp("sized") / "report"
    make_report(root, text, side=request.param, classes=len(CLASSES))
    build = start_build(root, *BUILT_WITH)
    output, complaint = build.communicate(timeout=600)
    assert build.returncode == 0, output + complaint
    return request.param, root


def result(root, name):
    return json.loads((root / "docs" / "assets" / name).read_bytes())


def test_the_report_says_the_size_of_its_images(report):
    side, root = report
    assert result(root, "provenance.json")["data"]["side"] == side
    page = lxml.html.parse(root / "site" / "index.html").find(".//article").text_content()
    assert f"{side} × {side} pixels each, in 5 classes: A, B, C, D, E." in page
    assert f"summed over the {side**2} pixels" in page
    assert not re.search("28 × 28|784 (pixels|logits|–)", page)


def test_every_run_has_the_pixels_of_the_images(report):
    side, root = report
    weights = list((root / ".cache" / "store").glob("[av]*/weights.safetensors"))
    assert weights
    for path in weights:
        with safe_open(path, framework="numpy") as file:
            assert file.get_slice("encoder.0.weight").get_shape()[1] == side**2
            assert file.get_slice("decoder.2.weight").get_shape()[0] == side**2


def test_figures_show_small_images_as_large_as_others(report):
    _, root = report
    entry = result(root, "figures/vae_samples.json")
    image = Image.open(root / "docs" / "assets" / "figures" / entry["light"]).convert("L")
    assert image.width / 2 == entry["width"] > 400


def test_the_classes_are_those_of_the_data(report):
    _, root = report
    folder = root / "docs" / "assets" / "figures"
    for name in ("latent_confusion", "class_errors", "embedding"):
        with (folder / result(root, f"figures/{name}.json")["data"]).open() as table:
            header, *rows = (line.strip().split(",") for line in table)
        assert {row[header.index("class")] for row in rows} == set(CLASSES), name


def test_the_explorer_is_laid_out_and_drawn_on_in_the_size_of_the_images(report, browser):
    side, root = report
    assert result(root, "explorer/manifest.json")["side"] == side
    with served(root / "site", under="/report/") as address:
        page = browser.new_page()
        failures = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(f"{address}explorer/?drawing=DwA&show=points,lattice,code")
        expect(page.locator('[data-part="cover"]')).to_be_hidden()
        size = "(canvas) => [canvas.width, canvas.height]"
        for name in ("original", "picture-vae", "map-ae", "now-vae"):
            assert page.locator(f'[data-part="{name}"]').evaluate(size) == [side, side]
        board = page.locator('[data-part="board"]')
        board.scroll_into_view_if_needed()
        box = board.bounding_box()
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.1 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.9 * box["height"], steps=5)
        page.mouse.up()
        ink = board.locator("canvas").evaluate("""(canvas) =>
          Array.from(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data)
            .filter((_, index) => index % 4 === 0).map((value) => 1 - value / 255)""")
        rows = np.reshape(ink, (side, side))[side // 8 + 1 : -side // 8 - 1]
        # A line that can be seen, and leaves room for others.
        assert rows.max(axis=1).min() > 0.6
        assert (rows > 0.1).mean() < 0.4
        expect(page.locator('[data-part="loss-vae-mean"] td').first).not_to_have_text("–")
        assert "drawing=" in page.evaluate(
            "new Promise((done) => setTimeout(() => done(location.href), 400))"
        )
        page.close()
    assert not failures
