import lxml.html
import pytest

from vae_report.errors import ReportError
from vae_report.site.figures import Figures

MANIFEST = {
    "loss": {"light": "l.png", "dark": "d.png", "width": 400, "height": 200, "alt": 'A "loss" < 1'}
}


@pytest.fixture
def figures(tmp_path):
    for name in ("l.png", "d.png"):
        (tmp_path / name).touch()
    return Figures(MANIFEST, tmp_path, "deep/page/", {"loss": 3})


def test_figure_has_both_variants_with_size_and_text(figures):
    figure = lxml.html.fromstring(figures.show("loss", caption="Falls *fast*."))
    assert [image.get("src") for image in figure.iter("img")] == [
        "../../assets/figures/l.png",
        "../../assets/figures/d.png",
    ]
    for image in figure.iter("img"):
        assert (image.get("width"), image.get("height")) == ("400", "200")
        assert image.get("alt") == 'A "loss" < 1'
    assert figure.find("figcaption").text_content() == "Figure 3. Falls *fast*."
    assert figures.refer("loss") == f'<a href="#{figure.get("id")}">Figure\u00a03</a>'


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
    figure = lxml.html.fromstring(Figures(manifest, tmp_path, "", {"tsne": 2}).show("tsne", "All."))
    assert figure.get("id") == "figure-tsne"
    assert figure.find("p").text == "Not drawn in this profile: no run has more than 2 dimensions."
    assert figure.find("figcaption").text_content() == "Figure 2. All."
    assert not list(figure.iter("img"))
