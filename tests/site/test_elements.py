import lxml.html
import pytest
from miniature import RUNS

from vae_report.errors import ReportError
from vae_report.site.elements import Figures, metrics_table

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
    with pytest.raises(ReportError, match='no figure "gain"; there are loss'):
        figures.show("gain", caption="")


def test_figure_whose_file_is_gone_is_refused(figures, tmp_path):
    (tmp_path / "d.png").unlink()
    with pytest.raises(ReportError, match=r'"loss" lacks d\.png'):
        figures.show("loss", caption="")


def test_figure_stands_on_a_page_once(figures):
    figures.show("loss", caption="")
    with pytest.raises(ReportError, match="twice"):
        figures.show("loss", caption="")


def test_table_holds_every_run_and_dashes_for_what_does_not_exist():
    table = lxml.html.fromstring(metrics_table(RUNS, caption="All")).find(".//table")
    rows = {row.find("th").text: [cell.text for cell in row.iter("td")] for row in table.iter("tr")}
    assert rows["vae-16"][4] == "1\u202f068\u202f820"
    assert rows["vae-2"][7:13] == ["250.12", "240.50", "9.62", "249.00", "0.0213", "0.712"]
    assert rows["ae-2"][7:10] == ["–", "240.50", "–"]
    assert {len(rows[name]) for name in RUNS} == {19}


def test_table_names_the_run_that_lacks_a_value():
    runs = {"vae-2": RUNS["vae-2"] | {"test": {"bce": 1.0}}}
    with pytest.raises(ReportError, match=r'"vae-2" has no value "test\.negative_elbo"'):
        metrics_table(runs, caption="")
