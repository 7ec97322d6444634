import json
import os
import sys

import lxml.html
import pytest

from vae_report.errors import ReportError
from vae_report.site.notebook import execute_notebook
from vae_report.site.notebook_page import lighten


def write(path, *cells):
    path.write_text("\n\n".join(f"# %%\n{cell}" for cell in cells), encoding="utf-8")
    return path


def test_executed_notebook_has_its_outputs_and_always_the_same_bytes(tmp_path):
    source = write(tmp_path / "walk.py", "import os\nprint(len({'a', 'b'}))", "os.getcwd()")
    first, second = (execute_notebook(source, tmp_path) for _ in range(2))
    assert first == second
    cells = json.loads(first)["cells"]
    assert cells[0]["outputs"][0]["text"] == ["2\n"]
    assert cells[1]["outputs"][0]["data"]["text/plain"] == [repr(str(tmp_path))]


def test_what_a_user_has_configured_for_other_work_changes_nothing(tmp_path, monkeypatch):
    home, kernels = tmp_path / "home", tmp_path / "share" / "kernels" / "python3"
    for folder in (home / ".ipython/profile_default/startup", home / ".config/matplotlib", kernels):
        folder.mkdir(parents=True)
    (home / ".ipython/profile_default/startup/mine.py").write_text("left = 'behind'")
    (home / "startup.py").write_text("left = 'behind'")
    for place in (home / ".config/matplotlib", tmp_path):
        (place / "matplotlibrc").write_text("font.size: 40\n")
    (kernels / "kernel.json").write_text(
        json.dumps({"argv": ["false"], "display_name": "Python", "language": "python"})
    )
    source = write(
        tmp_path / "walk.py",
        "import sys, matplotlib",
        "sys.executable",
        "'left' in globals()",
        "matplotlib.rcParams['font.size']",
    )
    for name, value in (
        ("HOME", home),
        ("IPYTHONDIR", home / ".ipython"),
        ("JUPYTER_PATH", tmp_path / "share"),
        ("PYTHONSTARTUP", home / "startup.py"),
        ("XDG_CONFIG_HOME", home / ".config"),
    ):
        monkeypatch.setenv(name, str(value))
    cells = json.loads(execute_notebook(source, tmp_path))["cells"]
    outputs = [cell["outputs"][0]["data"]["text/plain"] for cell in cells[1:]]
    assert outputs == [[repr(sys.executable)], ["False"], ["10.0"]]
    assert os.environ["IPYTHONDIR"] == str(home / ".ipython"), "as it was before"


def test_failing_cell_is_named_in_one_line(tmp_path):
    source = write(tmp_path / "walk.py", "x = 1", "print(x)\nx / 0", "print('never')")
    with pytest.raises(ReportError) as failure:
        execute_notebook(source, tmp_path)
    assert str(failure.value) == (
        f"{source}: cell 2 (print(x)): ZeroDivisionError: division by zero; correct it."
    )


def test_missing_notebook_is_reported(tmp_path):
    with pytest.raises(ReportError, match=r"walk\.py: cannot be read"):
        execute_notebook(tmp_path / "walk.py", tmp_path)


def test_page_is_its_own(miniature):
    article = lxml.html.parse(miniature / "walkthrough" / "index.html").find(".//article")
    assert not list(article.iter("script", "style", "link"))
    (image,) = (image for image in article.iter("img"))
    assert image.get("alt") == "A white square"
    assert (miniature / "walkthrough" / image.get("src")).is_file()
    assert (image.get("width"), image.get("height")) == ("800", "400")
    downloads = article.xpath(".//a[@download]/@href")
    assert len(downloads) == 2, "below the title and at the end"
    assert all((miniature / "walkthrough" / address).is_file() for address in downloads)


def lightened(content):
    return lxml.html.fragment_fromstring(lighten(content, "a.ipynb", [], str), create_parent="div")


def test_a_table_among_the_outputs_takes_the_look_of_the_site():
    page = lightened(
        """<div class="jp-OutputArea-output"><style>th { color: red }</style>
        <table border="1" class="dataframe"><thead><tr style="text-align: right;">
        <th></th><th>loss</th></tr></thead><tbody><tr><th>9</th><td>1.5</td></tr></tbody>
        </table></div>"""
    )
    assert not page.xpath(".//style | .//@style | .//@border | .//table/@class")
    assert [(cell.tag, cell.get("scope"), cell.text) for cell in page.iter("th", "td")] == [
        ("td", None, None),
        ("th", "col", "loss"),
        ("th", "row", "9"),
        ("td", None, "1.5"),
    ]


def test_each_output_has_a_name_and_can_be_scrolled_by_keyboard():
    page = lightened('<div class="jp-OutputArea-output"><pre>a</pre></div>' * 2)
    outputs = page.findall("section")
    assert [output.get("aria-label") for output in outputs] == ["Output 1", "Output 2"]
    assert all(output.get("tabindex") == "0" for output in outputs)


def test_code_within_a_text_is_marked_up_like_that_of_the_cells():
    page = lightened(
        """<div class="jp-RenderedMarkdown"><p>Say</p>
        <div class="highlight"><pre><span></span><span class="n">a</span></pre></div></div>"""
    )
    assert page.xpath("string(.//div[@class='highlight']/pre/code/span[@class='n'])") == "a"
    assert len(page.xpath(".//pre")) == 1


def test_formulas_of_the_page_are_typeset_and_code_is_not(miniature):
    article = lxml.html.parse(miniature / "walkthrough" / "index.html").find(".//article")
    assert len(article.xpath(".//*[@class='formula']")) == 3
    code = [element.text_content() for element in article.iter("code", "pre")]
    assert "$code$" in code
    assert "$not a formula$ and \\frac{1}{2}\n" in code
