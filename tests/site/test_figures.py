import lxml.html
import pytest

from small_report import IN_FORCE, REPOSITORY
from vae_report.errors import ReportError
from vae_report.site.figures import Figures

MANIFEST = {
    "loss": {
        "light": "l.png",
        "dark": "d.png",
        "width": 400,
        "height": 200,
        "alt": 'A "loss" < 1',
        "data": "l.csv",
        "runs": ["vae-2", "beta-0.5"],
    }
}


@pytest.fixture
def figures(tmp_path):
    for name in ("l.png", "d.png"):
        (tmp_path / name).touch()
    return Figures(MANIFEST, tmp_path, "deep/page/", {"loss": 3}, None)


def test_figure_has_both_variants_with_size_and_text(figures):
    figure = lxml.html.fromstring(figures.show("loss", caption="Falls *fast*."))
    assert [image.get("src") for image in figure.iter("img")] == [
        "../../assets/figures/l.png",
        "../../assets/figures/d.png",
    ]
    for image in figure.iter("img"):
        assert (image.get("width"), image.get("height")) == ("400", "200")
        assert image.get("alt") == 'A "loss" < 1'
    assert figure.find("figcaption/div").text_content() == "Figure 3. Falls *fast*."
    assert figures.refer("loss") == f'<a href="#{figure.get("id")}">Figure\u00a03</a>'


def test_figure_links_to_its_file_its_data_and_its_runs(figures):
    figure = lxml.html.fromstring(figures.show("loss", caption=""))
    assert [(link.get("href"), link.text) for link in figure.iter("a")] == [
        ("../../assets/figures/l.png", None),
        ("../../assets/figures/l.csv", "Data (CSV)"),
        ("../../metrics/", "settings and metrics"),
    ]
    assert [run.text for run in figure.iter("code")] == MANIFEST["loss"]["runs"]


def test_figure_of_images_that_shows_no_run_lists_neither_data_nor_runs(tmp_path):
    for name in ("l.png", "d.png"):
        (tmp_path / name).touch()
    manifest = {"loss": MANIFEST["loss"] | {"data": None, "runs": []}}
    shown = Figures(manifest, tmp_path, "", {"loss": 1}, None).show("loss", "")
    assert "Data" not in shown
    assert "Runs" not in shown


@pytest.mark.parametrize(("name", "root"), [("samples", IN_FORCE), ("time_to_quality", REPOSITORY)])
def test_figure_links_to_the_function_that_drew_it(tmp_path, name, root):
    for variant in ("l.png", "d.png"):
        (tmp_path / variant).touch()
    address = "https://git.example/report/blob/0123abc"
    figures = Figures({name: MANIFEST["loss"]}, tmp_path, "", {name: 1}, address)
    figure = lxml.html.fromstring(figures.show(name, caption=""))
    [code] = [link.get("href") for link in figure.iter("a") if link.text == "Code"]
    path, line = code.removeprefix(f"{address}/").split("#L")
    source = (root / path).read_text(encoding="utf-8")
    assert source.splitlines()[int(line) - 1].startswith(f"def {name}(")


def test_figure_that_nobody_drew_is_refused(figures):
    with pytest.raises(ReportError, match='no figure "gain"; name one of loss'):
        figures.show("gain", caption="")


def test_figure_whose_file_is_gone_is_refused(figures, tmp_path):
    (tmp_path / "d.png").unlink()
    with pytest.raises(ReportError, match=r'"loss" lacks d\.png'):
        figures.show("loss", caption="")


def test_figure_stands_on_a_page_once(figures):
    figures.show("loss", caption="")
    with pytest.raises(ReportError, match="twice"):
        figures.show("loss", caption="")


def test_figure_that_this_profile_cannot_draw_keeps_its_place_and_says_why(tmp_path):
    manifest = {"tsne": {"not_measured": "no run has more than 2 dimensions"}}
    figure = lxml.html.fromstring(
        Figures(manifest, tmp_path, "", {"tsne": 2}, None).show("tsne", "All.")
    )
    assert figure.get("id") == "figure-tsne"
    assert figure.find("p").text == "Not drawn in this profile: no run has more than 2 dimensions."
    assert figure.find("figcaption").text_content().strip() == "Figure 2. All."
    assert not list(figure.iter("img", "a"))


def test_figure_whose_runs_the_whole_report_lacks_is_refused(tmp_path):
    manifest = {"tsne": {"not_measured": "no sweep has it in this profile"}}
    whole = Figures(manifest, tmp_path, "", {"tsne": 2}, None, whole=True)
    with pytest.raises(ReportError, match='"tsne" cannot be drawn: no sweep has it in this'):
        whole.show("tsne", "All.")


def test_figure_whose_runs_diverged_says_so_in_any_profile(tmp_path):
    manifest = {"tsne": {"diverged": "every run diverged"}}
    for whole in (True, False):
        figures = Figures(manifest, tmp_path, "", {"tsne": 2}, None, whole)
        figure = lxml.html.fromstring(figures.show("tsne", "All."))
        assert figure.find("p").text.endswith(": every run diverged.")
