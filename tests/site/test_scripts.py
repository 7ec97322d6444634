"""Scripts as the site publishes them."""

import subprocess

import pytest

from small_report import REPOSITORY
from vae_report.errors import ReportError
from vae_report.site.node import find_node
from vae_report.site.scripts import bundle

PAGE = """// Says hello.
import { greeting } from "./words.js";

console.log(`${greeting},
  // not a comment
  reader`);
"""


def write(root, **scripts):
    """Lay out a repository with scripts: their paths."""
    for name in ("scripts", "node_modules"):
        if not (root / name).exists():
            (root / name).symlink_to(REPOSITORY / name)
    for name, code in scripts.items():
        (root / "assets").mkdir(parents=True, exist_ok=True)
        (root / "assets" / f"{name}.js").write_text(code)
    return sorted((root / "assets").glob("*.js"))


def test_a_bundle_does_what_its_scripts_do_in_one_file(tmp_path):
    scripts = write(tmp_path, page=PAGE, words='export const greeting = "Hello";\n')
    ((path, code),) = bundle(tmp_path, scripts).items()
    assert path.name == "page.js"
    assert "Says hello" not in code
    said = subprocess.check_output([find_node(), "--input-type=module", "--eval", code], text=True)
    assert said == "Hello,\n  // not a comment\n  reader\n"


def test_a_bundle_is_the_same_wherever_it_is_made(tmp_path):
    roots = tmp_path / "one", tmp_path / "other place"
    for root in roots:
        root.mkdir()
    codes = [
        [*bundle(root, write(root, page=PAGE, words="export const greeting = 1")).values()]
        for root in roots
    ]
    assert codes[0] == codes[1]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("export const greeting = ;", 'assets/words.js:1:25: Unexpected ";"; correct the script.'),
        (
            "export const farewell = 1;",
            'assets/page.js:2:10: No matching export in "assets/words.js" for import "greeting"; '
            "correct the script.",
        ),
    ],
)
def test_a_mistake_is_said_with_its_place(tmp_path, words, complaint):
    with pytest.raises(ReportError) as error:
        bundle(tmp_path, write(tmp_path, page=PAGE, words=words))
    assert str(error.value) == complaint


def test_without_esbuild_what_to_run_is_said(tmp_path):
    scripts = write(tmp_path, page=PAGE)
    (tmp_path / "node_modules").unlink()
    with pytest.raises(ReportError, match="esbuild is not installed; run `make site`"):
        bundle(tmp_path, scripts)


def test_a_site_without_scripts_needs_no_esbuild(tmp_path):
    assert bundle(tmp_path, []) == {}


def test_modules_that_others_import_are_not_published(miniature):
    published = {path.relative_to(miniature).as_posix() for path in miniature.rglob("*.js")}
    ours = {path for path in published if not path.startswith(("assets/", "search/"))}
    assert ours == {"explorer/page.js", "explorer/preview.js", "javascripts/site.js"}
