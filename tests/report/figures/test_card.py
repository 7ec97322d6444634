import pytest
from PIL import Image

from made_up_results import made_up_results, without
from vae_report.figures.card import draw
from vae_report.results import NotMeasured

RESULTS = made_up_results()


def test_card_shows_title_and_number_at_the_size_that_others_expect(tmp_path):
    card = draw("A report of some length", RESULTS, tmp_path)
    assert card.alt.startswith("A report of some length: ")
    assert " nats." in card.alt
    with Image.open(tmp_path / card.file) as image:
        assert image.size == (card.width, card.height) == (1200, 630)
        assert image.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def test_same_results_give_the_same_bytes(tmp_path):
    for folder in ("one", "other"):
        draw("A report", RESULTS, tmp_path / folder)
    assert (tmp_path / "one/card.jpg").read_bytes() == (tmp_path / "other/card.jpg").read_bytes()


def test_profile_without_a_plane_has_no_card(tmp_path):
    with pytest.raises(NotMeasured):
        draw("A report", without(RESULTS, runs=lambda run: run.latent == 2), tmp_path)
