import filecmp
import json
import subprocess
import sys

import lxml.html
import pytest

from miniature import PROVENANCE, mkdocs_build
from vae_report.verify.published import FILES


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_mistakes_in_pages_end_the_build_together_each_in_its_line(sources):
    index, metrics = (sources / "docs" / name for name in ("index.md", "metrics.md"))
    replace(index, "test.negative_elbo", "test.perplexity")
    replace(index, '("embedding"', '("gain"')
    replace(index, r"\log_{10}", r"\log_{10")
    replace(index, r"$\beta = 1$", r"$\beta = 1$ {{ absent }}")
    replace(metrics, "# Metrics", "# Metrics\n\n{{ runs | }}")
    built = mkdocs_build(sources)
    assert built.returncode == 1
    *lines, last = filter(None, (built.stdout + built.stderr).splitlines())
    beginnings = (
        "docs/index.md:7: 'absent' is undefined; name one of ",
        'docs/index.md:7: no value runs["vae-2"].test.perplexity; name one of ',
        r"docs/index.md:32: formula \log_{10: Extra open brace",
        'docs/index.md:37: no figure "gain"; ',
        "docs/metrics.md:7: expected token 'name'",
    )
    for line, beginning in zip(lines, beginnings, strict=True):
        assert line.startswith(beginning)
    assert last == f"Error: {len(beginnings)} mistakes in the pages; correct the lines above."


def test_of_very_many_mistakes_the_first_are_listed(sources):
    index = sources / "docs" / "index.md"
    first = index.read_text(encoding="utf-8").count("\n") + 1
    with index.open("a", encoding="utf-8") as page:
        page.write("{{ absent }}\n" * 57)
    built = mkdocs_build(sources)
    assert built.returncode == 1
    *lines, more, last = filter(None, (built.stdout + built.stderr).splitlines())
    assert [line.split(":")[1] for line in lines] == [str(first + number) for number in range(50)]
    assert more == "… and 7 more."
    assert last.startswith("Error: 57 mistakes")


@pytest.mark.parametrize("name", ["metrics.json", "claims.json", "walkthrough.ipynb"])
def test_missing_result_ends_the_build_in_one_line(sources, name):
    (sources / "docs" / "assets" / name).unlink()
    built = mkdocs_build(sources)
    assert built.returncode == 1
    (line,) = filter(None, (built.stdout + built.stderr).splitlines())
    assert f"{name}: " in line
    assert "run `make site`" in line


def test_same_input_gives_the_same_bytes(miniature, sources):
    built = mkdocs_build(sources)
    assert built.returncode == 0, built.stdout + built.stderr
    files = [path.relative_to(miniature) for path in miniature.rglob("*") if path.is_file()]
    assert len(files) == sum(path.is_file() for path in (sources / "site").rglob("*"))
    _, different, missing = filecmp.cmpfiles(miniature, sources / "site", files, shallow=False)
    assert (different, missing) == ([], [])


def test_numbers_and_provenance_reach_the_page(miniature):
    page = lxml.html.parse(miniature / "index.html")
    assert "needs 249.6\u00a0nats on" in page.find(".//article").text_content()
    footer = page.find(".//footer").text_content()
    assert "0123456789ab, modified" in footer
    assert "cpu: Brand 1, AVX2; Brand 2, AVX512" in " ".join(footer.split())
    [which] = page.xpath("//footer//a[text()='which run on which']/@href")
    assert (miniature / which).is_file()
    assert "unverified data" in footer
    assert PROVENANCE["data"]["digest"] in footer


def test_what_a_comparison_asks_for_is_at_stable_addresses(miniature, executed_sources):
    for name in FILES:
        made = executed_sources / "docs" / "assets" / name
        assert (miniature / "assets" / name).read_bytes() == made.read_bytes()


def test_shortened_training_is_announced_on_every_page(miniature):
    for path in (miniature / "index.html", miniature / "walkthrough" / "index.html"):
        assert "Not for citation." in lxml.html.parse(path).find(".//article").text_content()


def test_full_training_on_verified_data_needs_no_notice(sources):
    verified = PROVENANCE | {
        "profile": "full",
        "data": PROVENANCE["data"] | {"verified": True},
    }
    assets = sources / "docs" / "assets"
    (assets / "provenance.json").write_text(json.dumps(verified))
    for name in ("embedding", "latent_manifold"):
        (assets / "figures" / f"{name}.json").write_text('{"diverged": "every run diverged"}')
    built = mkdocs_build(sources)
    assert built.returncode == 0, built.stdout + built.stderr
    page = (sources / "site" / "index.html").read_text(encoding="utf-8")
    assert "Not for citation" not in page
    assert "unverified" not in page


def test_figures_and_claims_that_the_whole_report_lacks(sources):
    assets = sources / "docs" / "assets"
    (assets / "provenance.json").write_text(json.dumps(PROVENANCE | {"profile": "full"}))
    why = {"not_measured": 'the sweep "latent" has no run in this profile'}
    (assets / "figures" / "embedding.json").write_text(json.dumps(why))
    built = mkdocs_build(sources)
    assert built.returncode == 1
    figure, _ = filter(None, (built.stdout + built.stderr).splitlines())
    assert figure.startswith(
        'docs/index.md:37: figure "embedding" cannot be drawn: the sweep "latent" has no run in '
        "this report; drop it"
    )
    shown = '{{ figure("embedding", caption="What this profile leaves out.") }}'
    replace(sources / "docs" / "index.md", shown, "")
    built = mkdocs_build(sources)
    assert built.returncode == 0, built.stdout + built.stderr
    evidence = lxml.html.parse(sources / "site" / "evidence" / "index.html").find(".//article")
    text = " ".join(evidence.text_content().split())
    assert "1 not measured in this report" in text
    assert "0 and 0.5, in this report" in text
    assert "in this profile" not in text


def test_search_index_holds_no_tex(miniature):
    index = json.loads((miniature / "search" / "search_index.json").read_text(encoding="utf-8"))
    prose = " ".join(entry["title"] + entry["text"] for entry in index["docs"])
    assert r"\log" not in prose
    assert r"\mathrm" not in prose


def test_site_is_built_without_torch():
    program = "import sys, vae_report.site.plugin, mkdocs_jupyter.plugin; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"torch", "matplotlib", "pandas"} & set(loaded.stdout.split())
