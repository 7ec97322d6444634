import pytest
from PIL import Image
from tiny_site import REPOSITORY

from vae_report.audit.browsing import SETTINGS, browse
from vae_report.audit.marks import SHIFT
from vae_report.audit.server import served

PHONE = SETTINGS[0]


@pytest.fixture
def read(browser, make_site, tmp_path):
    def reading(body, settings=SETTINGS, **files):
        site = make_site(body, **files)
        with served(site) as address:
            return browse(browser, address, ["/"], REPOSITORY, tmp_path, settings)

    return reading


def test_sound_page_has_no_violation_and_its_pictures(read, tmp_path):
    shifts, violations = read("<p>Nothing is wrong here.</p>")
    assert (shifts, violations) == ({"/": 0.0}, [])
    assert len(SETTINGS) == 4
    for theme, width in SETTINGS:
        assert Image.open(tmp_path / f"index.{theme}.{width}.png").width == width


def test_quiet_text_is_named_with_the_theme_that_it_is_quiet_in(read):
    _, violations = read(
        '<p class="quiet">Hardly to be read.</p>',
        **{
            "style.css": "@media (prefers-color-scheme: dark) "
            "{ body { background: black; color: white } .quiet { color: #333 } }"
        },
    )
    (violation,) = violations
    assert violation[:3] == ("/", "axe", "color-contrast")
    assert violation.element.startswith('<p class="quiet">Hardly')
    assert violation.element.endswith("(dark, 1280 px; dark, 360 px)")


def test_wide_table_is_named_unless_it_scrolls_in_a_box(read):
    table = '<table style="width: 600px"><tr><td>wide</td></tr></table>'
    box = f'<div tabindex="0" style="overflow: auto">{table}</div>'
    assert read(box, settings=[PHONE])[1] == []
    _, violations = read(box + table)
    (violation,) = violations
    assert violation[:3] == ("/", "width", "horizontal-scroll")
    assert "600px" in violation.element
    assert violation.element.endswith("(dark, 360 px; light, 360 px)")


def test_what_moves_is_named(read):
    grow = "document.querySelector('div').style.height = '300px'"
    shifts, violations = read(
        f"<div></div><pre>Below.\n\n\n</pre><script>setTimeout(() => {{ {grow} }}, 200)</script>",
        settings=[PHONE],
    )
    (violation,) = violations
    assert shifts["/"] > SHIFT
    assert violation[:3] == ("/", "shift", "layout-shift")
    assert "Below." in violation.element


def test_scripts_that_fail_and_files_that_are_missing_are_named(read):
    _, violations = read(
        '<script>fetch("gone.bin"); null.gone;</script>',
        settings=[PHONE],
        **{"404.html": "not here"},
    )
    assert {(violation.check, violation.rule) for violation in violations} == {
        ("loading", "404"),
        ("loading", "script-error"),
    }
