"""The card, whatever the report shows on it."""

from PIL import Image

from made_up_results import made_up_results
from vae_report.figures.card import Card, draw
from written import write


def test_the_card_shows_title_and_number_at_the_size_that_others_expect(tmp_path):
    results = made_up_results()
    files = draw("A report of some length", results)
    assert draw("A report of some length", results) == files
    card = Card.model_validate_json(files["card.json"])
    assert card.alt == "A report of some length: a decoded draw, and the number of weights, 2,000."
    with Image.open(write(files, tmp_path) / card.file) as image:
        assert image.size == (card.width, card.height) == (1200, 630)
        assert image.convert("RGB").getpixel((5, 5)) == (255, 255, 255)
