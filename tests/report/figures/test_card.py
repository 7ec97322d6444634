from PIL import Image

from made_up_results import made_up_results, without
from vae_report.figures.card import Card, draw
from written import write

RESULTS = made_up_results()


def test_card_shows_title_and_number_at_the_size_that_others_expect(tmp_path):
    folder = write(draw("A report of some length", RESULTS), tmp_path)
    card = Card.model_validate_json((folder / "card.json").read_bytes())
    assert card.alt.startswith("A report of some length: ")
    assert " nats." in card.alt
    with Image.open(tmp_path / card.file) as image:
        assert image.size == (card.width, card.height) == (1200, 630)
        assert image.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def test_profile_without_a_plane_has_no_card():
    flat = without(RESULTS, runs=lambda run: run.latent == 2)
    assert draw("A report", flat) == {"card.json": b"{}"}
