"""A report without autoencoders, explorer and PDF: settings, and pages of its own."""

import json
import re

import lxml.html
import pytest
import yaml

from small_report import BUILT_WITH, REPORT, make_report, start_build

INDEX = """# VAEs alone

The 2-D VAE needs {{ runs["vae-2"].test.negative_elbo | nats }}.

{{ figure("vae_samples", caption="Draws from the prior.") }}

{{ metrics_table(caption="All runs.") }}

{{ claim("validation-follows-training") }}

{{ explorer_preview() }}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    settings = re.sub(r"\[runs\.ae-\d+\][^[]*", "", REPORT) + "\n[site]\npdf = false\n"
    root = make_report(tmp_path_factory.mktemp("vaes"), settings)
    for page in (root / "docs").glob("*.md"):
        page.unlink()
    (root / "docs" / "index.md").write_text(INDEX)
    (root / "docs" / "walkthrough.py").write_text("# %% [markdown]\n# # Walkthrough\n")
    configuration = yaml.safe_load((root / "mkdocs.yml").read_text())
    configuration["nav"] = [{"Report": "index.md"}, {"Walkthrough": "walkthrough.ipynb"}]
    (root / "mkdocs.yml").write_text(yaml.safe_dump(configuration, sort_keys=False))
    build = start_build(root, *BUILT_WITH)
    output, complaint = build.communicate(timeout=300)
    assert build.returncode == 0, output + complaint
    assert "report.pdf" not in output + complaint
    return root


def test_report_of_vaes_alone_is_built(root):
    metrics = json.loads((root / "docs" / "assets" / "metrics.json").read_bytes())
    assert {run["kind"] for run in metrics["runs"].values()} == {"vae"}
    article = lxml.html.parse(root / "site" / "index.html").find(".//article")
    assert article.xpath('.//figure[@id="figure-vae_samples"]//img')
    assert "ae-2" not in [row.text for row in article.iter("th")]
    assert "Not drawn" not in article.text_content()


def test_report_without_pdf_links_to_none(root):
    assert not list((root / "site").rglob("*.pdf"))
    assert "pdf" not in (root / "site" / "index.html").read_text(encoding="utf-8").lower()


def test_report_without_explorer_loads_nothing_of_it(root):
    assert not (root / "site" / "assets" / "explorer").exists()
    assert not lxml.html.parse(root / "site" / "index.html").xpath("//*[@data-explorer]")
