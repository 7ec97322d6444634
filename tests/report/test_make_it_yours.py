"""The page `make it yours`: a stranger who does what it says gets what it promises."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from math import prod
from operator import truediv
from pathlib import Path

import lxml.html
import pandas as pd
import pytest
from safetensors.numpy import load_file

import vae_report
from small_report import BUILT_WITH, REPORT, REPOSITORY, SWEEPS, make_report, start_build
from vae_report.settings import load_settings
from vae_report.training.runs import run_spec

EXAMPLE = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def examples():
    """The code blocks of the page, and the file that each goes into."""
    page = (REPOSITORY / "docs" / "make-it-yours.md").read_text(encoding="utf-8")
    return EXAMPLE.findall(page)


def follow(root, name, example):
    """Do with an example what the prose before it says: add it, or put it in another's place."""
    path = root / name
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    follower = {"[report]": "[data]", "[data]": "[training]"}.get(table := example.split("\n")[0])
    if follower:
        replaced = re.compile(
            rf"^{re.escape(table)}.*?^(?={re.escape(follower)})", re.MULTILINE | re.DOTALL
        )
        text, count = replaced.subn(lambda _: example, text)
        assert count == 1
    else:
        text += f"\n\n{example}" if text else example
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """A copy of the repository in which all examples were followed, built."""
    report = (REPORT + SWEEPS).replace("epochs = 3", "epochs = 1")
    left_out = "".join(f"{sweep} = false\n" for sweep in tomllib.loads(SWEEPS)["sweeps"])
    report = report.replace("[profiles.small]", f"[profiles.small.sweeps]\n{left_out}")
    root = make_report(tmp_path_factory.mktemp("mine"), report)
    (root / "docs" / "walkthrough.py").write_text("# %% [markdown]\n# # Walkthrough\n")
    shutil.copytree(
        Path(vae_report.__file__).parents[1],
        root / "src",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.rmtree(root / "data")
    (root / "data").mkdir()
    for name, example in examples():
        follow(root, name, example)
    subprocess.run([sys.executable, "scripts/digits.py"], cwd=root, check=True)
    build = start_build(root, *BUILT_WITH, PYTHONPATH=str(root / "src"))
    output, complaint = build.communicate(timeout=300)
    assert build.returncode == 0, output + complaint
    return root


def result(root, name):
    return json.loads((root / "docs" / "assets" / name).read_bytes())


def article(root, page):
    return lxml.html.parse(root / "site" / page / "index.html").find(".//article")


def test_every_example_is_shown_in_its_own_section():
    assert [name for name, _ in examples()] == [
        "report.toml",
        "scripts/digits.py",
        "report.toml",
        "src/report/models/linear.py",
        "report.toml",
        "src/report/models/free_bits.py",
        "report.toml",
        "src/report/measurements/archetypes.py",
        "docs/metrics.md",
        "src/report/figures/archetypes.py",
        "docs/index.md",
        "src/report/claims/errors.py",
        "docs/index.md",
    ]


def test_the_report_has_the_title_and_the_authors_that_it_was_given(mine):
    heading = article(mine, ".").find(".//h1")
    assert heading.text.strip() == "Handwritten digits, measured"
    assert heading.getnext().text_content() == "By Ada Lovelace, Charles Babbage."


def test_the_data_set_is_the_one_described(mine):
    data = result(mine, "provenance.json")["data"]
    assert (data["name"], data["side"], data["verified"]) == ("Digits", 8, False)
    confusion = pd.read_csv(mine / "docs" / "assets" / "figures" / "latent_confusion.csv")
    assert sorted(set(confusion["class"])) == list(range(10))


def test_the_model_is_trained_measured_and_listed(mine):
    run = result(mine, "metrics.json")["runs"]["linear-vae-2"]
    encoder = [(64, 32), (1, 32), (32, 4), (1, 4)]
    decoder = [(2, 64), (1, 64)]
    assert run["parameters"] == sum(map(prod, encoder + decoder))
    assert (run["kind"], run["label"]) == ("linear-vae", "Linear VAE")
    assert run["test"]["kl"] > 0
    shown = article(mine, "metrics").text_content()
    assert "linear-vae-2" in shown
    assert "Linear VAE" in shown


def test_the_objective_is_given_its_options(mine):
    specs = [json.loads(path.read_bytes()) for path in (mine / ".cache").rglob("spec.json")]
    options = {
        spec["settings"]["model"]: spec["settings"].get("options")
        for spec in specs
        if "model" in spec["settings"]
    }
    expected = {"free-bits-vae": [["free_bits", 0.25]]}
    assert options == dict.fromkeys(("vae", "ae", "linear-vae")) | expected
    run = result(mine, "metrics.json")["runs"]["free-bits-vae-2"]
    assert (run["label"], run["variational"]) == ("VAE with free bits", True)


def test_no_example_changes_what_the_runs_that_were_there_are(mine):
    """Named by this process, whose code has none of the examples."""
    settings = load_settings(mine / "report.toml", "small")
    data = result(mine, "provenance.json")["data"]["digest"]
    for name in ("vae-2", "ae-16"):
        for run in settings.replicates(name):
            assert (mine / ".cache" / "store" / run_spec(settings, run, data).key).is_dir()


def test_the_number_is_measured_averaged_and_shown_wherever_numbers_are(mine):
    metrics = result(mine, "metrics.json")
    table = pd.read_csv(mine / "docs" / "assets" / "metrics.csv", index_col="run")
    page = article(mine, "metrics")
    [shown] = page.xpath('.//figure[@id="metrics-archetypes"]//table')
    assert [each.text_content() for each in shown.iter("th")][1] == "Contrast"
    cells = {row[0].text_content(): row[1].text for row in shown.find("tbody")}
    for name, replicates in metrics["replicates"].items():
        by_seed = [each["archetypes"]["contrast"] for each in replicates]
        mean = sum(by_seed) / 2
        found = metrics["runs"][name]["archetypes"]
        assert found["contrast"] == table.loc[name, "archetypes_contrast"] == pytest.approx(mean)
        lower, upper = found["contrast_interval"]
        assert lower < min(by_seed) < max(by_seed) < upper
        assert cells[name] == f"{mean:.3f}" != "0.000"
    assert f"that of vae-2 is {cells['vae-2']}." in " ".join(page.text_content().split())


def test_another_heading_measures_nothing_anew(mine):
    module = mine / "src" / "report" / "measurements" / "archetypes.py"
    source = module.read_text()
    module.write_text(source.replace('"Contrast", digits=3', '"Difference", digits=2'))
    try:
        plan = start_build(mine, *BUILT_WITH, "--explain", PYTHONPATH=str(mine / "src"))
        output, complaint = plan.communicate(timeout=60)
    finally:
        module.write_text(source)
    assert plan.returncode == 0, complaint
    assert "tables: changed: code" in output
    assert not re.findall("^measure .*: (?!reused).*", output, re.MULTILINE)


def test_the_figure_shows_what_was_measured_of_each_run(mine):
    stored = map(load_file, (mine / ".cache" / "store").rglob("arrays.safetensors"))
    measured = [arrays["archetypes"] for arrays in stored if "archetypes" in arrays]
    assert [images.shape for images in measured] == [(10, 64)] * 6 * 2, "two seeds each"
    spreads = {f"{images.astype(float).std(axis=0).mean():.3f}" for images in measured}
    [light] = article(mine, ".").xpath(
        './/figure[@id="figure-archetypes"]//img[contains(@class, "only-light")]'
    )
    assert (mine / "site" / light.get("src")).is_file()
    shown = re.findall(r"0\.\d{3}", light.get("alt"))
    assert len(shown) == 4
    assert set(shown) <= spreads


def test_the_claim_is_decided_and_its_verdict_shown(mine):
    claims = {claim["id"]: claim for claim in result(mine, "claims.json")["claims"]}
    claim = claims["ae-errs-less"]
    errors = {
        name: [run["test"]["mse"] for run in by_seed]
        for name, by_seed in result(mine, "metrics.json")["replicates"].items()
    }
    ratios = [
        sum(map(truediv, errors[f"ae-{latent}"], errors[f"vae-{latent}"])) / 2 for latent in (2, 16)
    ]
    assert claim["effect"] == pytest.approx(max(ratios))
    low, high = claim["interval"]
    verdict = "supported" if high < 1 else "contradicted" if low > 1 else "inconclusive"
    assert claim["verdict"] == verdict
    for page in (".", "evidence"):
        assert claim["statement"] in article(mine, page).text_content()
    [shown] = article(mine, ".").xpath('.//a[contains(@href, "#claim-ae-errs-less")]')
    assert shown.get("data-verdict") == verdict
    form = {
        "supported": "precision, and it shows.",
        "contradicted": "at one size at least that does not show.",
        "inconclusive": "these measurements do not decide.",
    }
    text = " ".join(article(mine, ".").text_content().partition("Errors")[2].split())
    assert [name for name, words in form.items() if words in text] == [verdict]
