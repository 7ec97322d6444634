"""`scripts/verify.py` as a user runs it: what it says, writes and returns."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import lxml.html
import pytest
import yaml
from reports import CLAIMS, claim, site

from small_report import REPOSITORY
from vae_report.audit.browsing import browse
from vae_report.audit.server import served
from vae_report.verify.comparison import verify
from vae_report.verify.published import read
from vae_report.verify.showing import keep

OPPOSITE = [claim("samples-blur", "contradicted", 0.4, (0.35, 0.45)), *CLAIMS[1:]]


@pytest.fixture
def root(tmp_path):
    """A checkout whose report is built, as far as `make verify` sees."""
    shutil.copytree(REPOSITORY / "scripts", tmp_path / "checkout" / "scripts")
    site(tmp_path / "checkout" / "site")
    return tmp_path / "checkout"


def run(root, *arguments, **variables):
    mine = {name: value for name, value in os.environ.items() if name not in ("AGAINST", "OF")}
    return subprocess.run(
        [sys.executable, root / "scripts" / "verify.py", *arguments],
        env=mine | {"NO_PROXY": "127.0.0.1", "COLUMNS": "80"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_reports_that_agree(root, tmp_path):
    there = site(tmp_path / "there", seed=1)
    with served(there, under="/report/") as address:
        done = run(root, AGAINST=address)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line for line in done.stdout.splitlines() if not line.startswith(("Here", "In full"))]
    assert max(map(len, lines)) <= 80
    parts = ("Published: ", "Verdicts", "Numbers that are not compatible", "The reports agree")
    places = [done.stdout.index(part) for part in parts]
    assert places == sorted(places)
    assert "The reports agree: of 4 verdicts 4 are the same" in done.stdout
    kept = root / ".cache" / "verify"
    assert f"In full: {kept / 'verify.html'}" in done.stdout
    found = json.loads((kept / "verify.json").read_bytes())
    assert found["agrees"] is True
    assert found["published"]["place"] == address
    number = next(each for each in found["numbers"] if each["number"] == "test.bce")
    assert number["here"]["interval"][0] < number["here"]["value"]
    assert not (root / "docs").exists(), "nothing is built"


def test_a_report_that_was_built_agrees_with_itself(built_report):
    done = run(built_report, built_report / "site")
    assert (done.returncode, done.stderr) == (0, "")
    assert "are compatible (100.0%; 95% are promised)" in " ".join(done.stdout.split())


def test_reports_that_do_not(root, tmp_path):
    there = site(tmp_path / "there", seed=1, claims=OPPOSITE)
    done = run(root, there)
    assert (done.returncode, done.stderr) == (1, "")
    said = " ".join(done.stdout.split())
    assert (
        'Failure: claim "samples-blur" is supported here and contradicted as published The reports '
        "do not agree: of 4 verdicts 3 are the same"
    ) in said
    assert json.loads((root / ".cache/verify/verify.json").read_bytes())["agrees"] is False


def test_an_edited_number_fails(root, tmp_path):
    def improve(metrics):
        metrics["runs"]["vae-2"]["test"]["bce"] *= 0.9

    done = run(root, site(tmp_path / "there", change=improve))
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert 'test.bce of "vae-2" is not the mean over its trainings' in said


def test_another_site_than_the_own_can_be_verified(root, tmp_path):
    of, against = site(tmp_path / "of"), site(tmp_path / "there", claims=OPPOSITE)
    assert run(root, against, "--of", against).returncode == 0
    assert run(root, against, OF=str(of)).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no report to compare with; name one: make verify AGAINST="),
        (["gone"], "gone/assets/provenance.json: cannot be read (No such file or directory); "),
        (["http://127.0.0.1:9/"], "http://127.0.0.1:9/assets/provenance.json: cannot be reached ("),
        (["ssh://somewhere"], "ssh://somewhere: no address with http:// or https://; "),
        (["{other}"], "the profile is full here and quick there, so nothing"),
        (["{there}", "--of", "gone"], "; build it with `make site`, or name another with --of."),
        (["{there}", "--summary", "gone/summary.md"], "gone/summary.md: cannot be written ("),
    ],
)
def test_misuse_is_one_line_and_status_2(root, tmp_path, arguments, words):
    there = site(tmp_path / "there")
    other = site(tmp_path / "other", profile="quick")
    done = run(root, *(each.format(there=there, other=other) for each in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert words in line


def test_the_summary_of_a_job_is_appended(root, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("Before.\n")
    there = site(
        tmp_path / "there", seed=1, claims=OPPOSITE, processors=["A <b>|* brand"], commit=None
    )
    assert run(root, there, "--summary", summary).returncode == 1
    said = summary.read_text()
    assert said.startswith("Before.\n## Does this report agree with the published one?\n\n")
    assert "The reports do not agree: of 4 verdicts 3 are the same" in said
    assert "| samples-blur | supported | contradicted | opposite |" in said
    assert "| codes-cluster |" not in said, "what is the same is not listed"
    assert "<b>" not in said
    assert "A &#60;b&#62;&#124;&#42; brand" in said
    assert run(root, tmp_path / "gone", "--summary", summary).returncode == 2
    assert summary.read_text().startswith(said)
    assert "They cannot be compared." in summary.read_text().removeprefix(said)


def test_make_hands_the_address_on():
    done = subprocess.run(
        # Run by make itself, it would say which folder it enters and leaves.
        [
            "make",
            "--no-print-directory",
            "--dry-run",
            "--assume-old=.venv/site",
            "verify",
            "AGAINST=a folder",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n")[-2].endswith("/vae-report verify")
    assert "build" not in done.stdout


def test_a_publication_is_verified_and_not_kept_back():
    workflow = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "report.yml").read_text())
    steps = workflow["jobs"]["build"]["steps"]
    [(place, step)] = [
        (place, step)
        for place, step in enumerate(steps)
        if "scripts/verify.py" in step.get("run", "")
    ]
    assert step["continue-on-error"] is True
    assert step["if"] == "github.event_name == 'push'"
    assert step["env"]["AGAINST"] == "${{ steps.pages.outputs.base_url }}"
    runs = [step.get("run") for step in steps]
    assert runs.index("make pdf") < place


@pytest.fixture
def page(tmp_path):
    """The page of a comparison with everything on it."""
    here, there = (
        read(str(site(tmp_path / name, seed, claims=claims)), "")
        for name, seed, claims in (("<here>", 0, CLAIMS), ("there", 1, OPPOSITE))
    )
    found = verify(here, there)
    assert found.incompatible
    keep(found, tmp_path / "kept")
    return tmp_path / "kept" / "verify.html"


def test_the_page_holds_everything_and_asks_nobody(page):
    document = lxml.html.fromstring(page.read_text(encoding="utf-8"))
    assert document.get("lang") == "en"
    assert (
        document.xpath("//script | //img | //*[@src] | //link[not(starts-with(@href,'data:'))]")
        == []
    )
    words = document.text_content()
    assert "The reports do not agree" in words
    assert "<here>" in words
    numbers = json.loads(page.with_suffix(".json").read_bytes())["numbers"]
    assert len(document.xpath("//details")) == len({number["run"] for number in numbers})
    assert len(document.xpath("//details//tbody/tr")) == len(numbers)


def test_everyone_can_read_the_page(browser, page, tmp_path):
    (tmp_path / "pictures").mkdir()
    shutil.copy(page, page.with_name("index.html"))
    with served(page.parent) as address:
        _, violations = browse(browser, address, ["/"], REPOSITORY, tmp_path / "pictures")
    assert violations == []
    assert len(list(Path(tmp_path / "pictures").iterdir())) == 4
