"""The latent explorer, driven as a reader would: by mouse, keys and fingers."""

import json
import math
import re
import shutil

import pytest
import torch
from playwright.sync_api import expect

from exported import export, read, write_run
from miniature import mkdocs_build
from small_report import CLASSES, PIXELS, run_settings
from vae_report.audit.server import served
from vae_report.explorer.page import POSTER
from vae_report.figures import THEMES
from vae_report.models.autoencoders import make_model

PICTURES = ("picture-vae", "picture-ae")
BUDGET = 36_000  # bytes of scripts of our own that the page loads


@pytest.fixture(scope="session")
def explorer_site(executed_sources, tmp_path_factory):
    """The report in miniature, with models whose decoders say something."""
    root = tmp_path_factory.mktemp("explorer") / "report"
    shutil.copytree(executed_sources, root, symlinks=True, ignore=shutil.ignore_patterns("site"))
    runs = [
        write_run(tmp_path_factory.mktemp("runs"), weights=weights(**settings), **settings)
        for settings in ({"model": m, "latent": size} for size in (2, 16) for m in ("vae", "ae"))
    ]
    assets = root / "docs" / "assets"
    export(runs, assets / "explorer")
    metrics = json.loads((assets / "metrics.json").read_text())
    metrics["runs"] |= {run.name: metrics["runs"][run.settings.title] for run in runs}
    (assets / "metrics.json").write_text(json.dumps(metrics))
    with (root / "docs" / "index.md").open("a") as page:
        page.write("\n{{ explorer_preview() }}\n")
    built = mkdocs_build(root)
    assert built.returncode == 0, built.stdout + built.stderr
    return root / "site"


def weights(**settings):
    """Random, but large enough for every code to look different."""
    torch.manual_seed(0)
    model = make_model(run_settings(**settings), PIXELS)
    return {name: 4 * weight for name, weight in model.state_dict().items()}


@pytest.fixture(scope="module")
def address(explorer_site):
    with served(explorer_site, under="/vae-report/") as address:
        yield address


@pytest.fixture
def open_page(browser, address):
    contexts = []

    def opened(query="", ready=True, page="explorer/", prepare=lambda page: None, **settings):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        context.set_default_timeout(5000)
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: pytest.fail(str(error)))
        prepare(tab)
        tab.goto(f"{address}{page}{query}")
        if ready:
            expect(part(tab, "cover")).to_be_hidden()
            wait_for_frames(tab)
        return tab

    yield opened
    for context in contexts:
        context.close()


def part(page, name):
    return page.locator(f'[data-part="{name}"]')


def wait_for_frames(page, count=3):
    for _ in range(count):
        page.evaluate("new Promise(requestAnimationFrame)")


def pixels(page, *names):
    """What canvases show, wherever they stand."""
    wait_for_frames(page)
    return [
        page.evaluate("(name) => document.querySelector(`[data-part=${name}]`).toDataURL()", name)
        for name in names
    ]


def layer(page, plane, number):
    """What one of the canvases of a plane shows."""
    wait_for_frames(page)
    return part(page, plane).locator("canvas").nth(number).evaluate("(each) => each.toDataURL()")


def numbers(text):
    return [float(number.replace("\u2212", "-")) for number in re.findall(r"[\u2212\d.]+", text)]


def losses(page, row):
    return part(page, f"loss-{row}").locator("td").all_text_contents()


def settled_address(page):
    page.wait_for_timeout(350)
    return page.url


def test_the_mouse_moves_one_point_in_both_models(open_page):
    page = open_page()
    before = pixels(page, *PICTURES)
    plane = part(page, "plane-vae")
    plane.hover(position={"x": 60, "y": 90})
    passed = pixels(page, *PICTURES)
    assert all(one != other for one, other in zip(before, passed, strict=True))
    assert part(page, "uv-vae").text_content() == part(page, "uv-ae").text_content()
    u, v = numbers(part(page, "uv-ae").text_content())
    assert u < -1 < 1 < v
    part(page, "nearer").hover()
    assert pixels(page, *PICTURES) == before, "a point passed over is not kept"
    plane.click(position={"x": 60, "y": 90})
    part(page, "nearer").hover()
    assert pixels(page, *PICTURES) == passed, "a point pressed is"
    assert "at=" in settled_address(page)


def test_keys_move_zoom_and_announce(open_page):
    page = open_page()
    before = pixels(page, *PICTURES)
    part(page, "plane-ae").focus()
    for key in ("ArrowRight", "Shift+ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    assert all(one != other for one, other in zip(before, pixels(page, *PICTURES), strict=True))
    assert numbers(part(page, "uv-vae").text_content()) == [-0.1, 0.4]
    announcer = part(page, "announcer")
    expect(announcer).to_contain_text("u \u22120.10, v 0.40. VAE: z = (")
    expect(announcer).to_contain_text("AE: z = (")
    expect(announcer).to_contain_text("nearest")
    page.keyboard.press("+")
    page.keyboard.press("Enter")
    expect(announcer).to_have_text("pinned as stop 1")
    assert "view=" in settled_address(page)
    page.keyboard.press("Home")
    assert pixels(page, *PICTURES) == before


def test_wheel_and_buttons_zoom_and_shift_drags_the_view(open_page):
    page = open_page("?show=points,lattice,density,prior")
    page.wait_for_timeout(400)
    base = layer(page, "plane-vae", 0)
    plane = part(page, "plane-vae")
    plane.hover(position={"x": 200, "y": 200})
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    zoomed = layer(page, "plane-vae", 0)
    assert zoomed != base
    assert "view=" in settled_address(page)
    page.keyboard.down("Shift")
    plane.hover(position={"x": 100, "y": 100})
    page.mouse.down()
    plane.hover(position={"x": 160, "y": 130})
    page.mouse.up()
    page.keyboard.up("Shift")
    assert layer(page, "plane-vae", 0) != zoomed
    assert "at=" not in settled_address(page)
    part(page, "whole").click()
    page.wait_for_timeout(400)
    assert layer(page, "plane-vae", 0) == base


@pytest.mark.parametrize("overlay", ["points", "density", "prior", "lattice"])
def test_overlays_and_classes_are_switched(open_page, overlay):
    page = open_page("?show=")
    empty = [layer(page, plane, 0) for plane in ("plane-vae", "plane-ae")]
    part(page, f"show-{overlay}").check()
    page.wait_for_timeout(400)
    shown = [layer(page, plane, 0) for plane in ("plane-vae", "plane-ae")]
    assert all(one != other for one, other in zip(empty, shown, strict=True))
    part(page, "no-classes").click()
    hidden = [layer(page, plane, 0) for plane in ("plane-vae", "plane-ae")]
    assert (hidden == empty) == (overlay == "points")
    page.get_by_role("checkbox", name="C", exact=True).check()
    assert "hide=" in settled_address(page)
    expect(part(page, "near-vae")).to_have_text("C")


def test_a_shoe_is_drawn_and_encoded(open_page):
    page = open_page()
    code = layer(page, "plane-vae", 1)
    board = part(page, "board")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    outline = [(0.1, 0.4), (0.35, 0.4), (0.6, 0.6), (0.9, 0.65), (0.9, 0.75), (0.1, 0.75)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in outline]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in [*places[1:], places[0]]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()
    drawn = losses(page, "vae-mean")
    bce, kl, total = (numbers(text)[0] for text in drawn)
    assert all(map(math.isfinite, (bce, kl, total)))
    assert total == pytest.approx(bce + kl, abs=0.11)
    assert losses(page, "ae-mean")[1] == "\u2013"
    assert layer(page, "plane-vae", 1) != code
    assert part(page, "original").get_attribute("aria-label") == "Original: your drawing"
    page.goto(settled_address(page))
    expect(part(page, "cover")).to_be_hidden()
    wait_for_frames(page)
    assert losses(page, "vae-mean") == drawn
    part(page, "erase").check()
    board.click()
    part(page, "clear").click()
    expect(part(page, "original")).not_to_have_attribute("aria-label", "Original: your drawing")


def test_the_keyboard_draws(open_page):
    page = open_page()
    part(page, "board").focus()
    before = pixels(page, "original")
    page.keyboard.press("Space")
    dot = pixels(page, "original")
    assert dot != before
    page.keyboard.press("Shift+ArrowRight")
    assert pixels(page, "original") != dot
    expect(part(page, "announcer")).to_have_text("column 15, row 14")


def test_a_sample_is_drawn_and_its_parts_are_handles(open_page):
    page = open_page()
    assert losses(page, "vae-sample") == ["\u2013"] * 3
    part(page, "sample").click()
    wait_for_frames(page)
    assert numbers(losses(page, "vae-sample")[0])[0] > 0
    mean, deviation, noise, z = numbers(part(page, "equation-0").text_content())
    assert z == pytest.approx(mean + deviation * noise, abs=0.02 + abs(noise) * 0.006)
    rebuilt = pixels(page, "rebuilt-vae")
    kl = losses(page, "vae-mean")[1]
    part(page, "noise-0").fill("2.5")
    assert pixels(page, "rebuilt-vae") != rebuilt
    assert losses(page, "vae-mean")[1] == kl, "the noise is no part of the loss"
    part(page, "deviation-0").fill("0.01")
    wait_for_frames(page)
    assert numbers(losses(page, "vae-mean")[1])[0] > numbers(kl)[0]
    part(page, "unsample").click()
    wait_for_frames(page)
    assert losses(page, "vae-sample") == ["\u2013"] * 3
    assert losses(page, "vae-mean")[1] == kl


def test_a_handle_is_dragged_on_the_plane(open_page, explorer_site):
    page = open_page("?mean=0,0&deviation=0.5,0.5&noise=1,1")
    equation = part(page, "equation-0").text_content()
    assert numbers(equation)[:3] == [0, 0.5, 1]
    plane = part(page, "plane-vae")
    plane.scroll_into_view_if_needed()
    place = plane.evaluate("(element) => element.getBoundingClientRect().toJSON()")
    folder = explorer_site / "assets" / "explorer"
    vae = json.loads((folder / "manifest.json").read_bytes())["models"][0]
    tensors = read(folder, vae)
    centre, directions = (tensors[name].tolist() for name in ("centre", "directions"))
    (scale_u, _), (_, scale_v) = directions
    unit = (place["width"] - 2) / 6.4
    u, v = ((0.5 - centre[0]) / scale_u, (0.5 - centre[1]) / scale_v)
    x, y = (place["x"] + 1 + (3.2 + u) * unit, place["y"] + 1 + (3.2 - v) * unit)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + unit / 2, y)
    page.mouse.up()
    wait_for_frames(page)
    moved = numbers(part(page, "equation-0").text_content())
    assert moved[:2] == [0, 0.5]
    assert moved[2] == pytest.approx(1 + scale_u / 2 / 0.5, abs=0.1)
    assert "at=" not in settled_address(page)


def test_a_walk_is_pinned_played_scrubbed_and_shared(open_page):
    page = open_page()
    part(page, "pin-image").click()
    expect(part(page, "walk")).to_have_attribute("inert", "")
    part(page, "plane-vae").focus()
    page.keyboard.press("Shift+ArrowUp")
    part(page, "pin-point").click()
    expect(part(page, "pins").locator("li")).to_have_count(2)
    now = ("now-vae", "now-ae")
    start = pixels(page, *now)
    part(page, "play").click()
    expect(part(page, "play")).to_have_text("Pause")
    page.wait_for_timeout(300)
    part(page, "play").click()
    on_the_way = pixels(page, *now)
    assert all(one != other for one, other in zip(start, on_the_way, strict=True))
    strip = pixels(page, "strip-vae")
    part(page, "progress").fill("1")
    assert all(one != other for one, other in zip(on_the_way, pixels(page, *now), strict=True))
    part(page, "spherical").check()
    assert pixels(page, "strip-vae") != strip
    part(page, "progress").fill("0.6")
    names = (*now, "strip-vae", "strip-ae", *PICTURES, "rebuilt-vae")
    shown = pixels(page, *names)
    page.goto(settled_address(page))
    expect(part(page, "cover")).to_be_hidden()
    assert pixels(page, *names) == shown
    expect(part(page, "spherical")).to_be_checked()
    page.get_by_role("button", name="Remove stop 1").click()
    expect(part(page, "pins").locator("li")).to_have_count(1)


def test_with_reduced_motion_a_walk_goes_step_by_step(open_page):
    page = open_page("?pins=i0~i9", reduced_motion="reduce")
    expect(part(page, "play")).to_have_text("Next step")
    part(page, "play").click()
    wait_for_frames(page)
    place = part(page, "progress").input_value()
    assert float(place) == pytest.approx(1 / 8, abs=0.005)
    page.wait_for_timeout(200)
    assert part(page, "progress").input_value() == place


def test_the_larger_models_come_on_choice_with_directions(open_page):
    asked = []
    page = open_page(prepare=lambda page: page.on("request", lambda each: asked.append(each.url)))
    assert not any("-16.bin" in url for url in asked)
    radio = page.get_by_role("radio", name="16-D")
    radio.check()
    expect(part(page, "axis-1").locator("option")).to_have_count(16)
    expect(part(page, "cover")).to_be_hidden()
    expect(radio).to_be_focused()
    assert sum("-16.bin" in url for url in asked) == 2
    base = layer(page, "plane-vae", 0)
    part(page, "axis-0").select_option("3")
    assert layer(page, "plane-vae", 0) != base
    address = settled_address(page)
    assert "latent=16" in address
    assert "axes=2,1" in address


def test_one_finger_moves_and_two_zoom(open_page):
    page = open_page(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    before = pixels(page, *PICTURES)
    plane = part(page, "plane-vae")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    touch = page.context.new_cdp_session(page)

    def touches(kind, *places):
        points = [
            {"x": box["x"] + x, "y": box["y"] + y, "id": finger}
            for finger, (x, y) in enumerate(places)
        ]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touches("touchStart", (200, 100))
    touches("touchMove", (220, 120))
    touches("touchEnd")
    assert all(one != other for one, other in zip(before, pixels(page, *PICTURES), strict=True))
    touches("touchStart", (100, 150), (200, 150))
    for spread in (10, 30, 50):
        touches("touchMove", (100 - spread, 150), (200 + spread, 150))
    touches("touchEnd")
    magnification = float(re.search(r"view=[^&]*,([\d.]+)", settled_address(page))[1])
    assert magnification == pytest.approx(2, abs=0.3)


def test_the_theme_in_force_colours_what_is_drawn(open_page):
    page = open_page("?show=points,density,prior,lattice,code&pins=i0~i1")
    page.wait_for_timeout(400)
    names = (*PICTURES, "original", "map-vae", "strip-ae")
    light = [*pixels(page, *names), layer(page, "plane-vae", 0), layer(page, "plane-ae", 1)]
    page.get_by_title("Switch to dark mode").click()
    page.wait_for_timeout(400)
    dark = [*pixels(page, *names), layer(page, "plane-vae", 0), layer(page, "plane-ae", 1)]
    assert all(one != other for one, other in zip(light, dark, strict=True))


def test_classes_have_the_colours_of_the_figures(open_page):
    for scheme, theme in THEMES.items():
        page = open_page(color_scheme=scheme)
        style = "getComputedStyle(document.querySelector('.explorer'))"
        for number, colour in enumerate(theme["axes.prop_cycle"].by_key()["color"]):
            assert page.evaluate(f"{style}.getPropertyValue('--class-{number}')") == colour


def test_without_scripts_the_manifold_stands_alone(open_page):
    page = open_page(ready=False, java_script_enabled=False)
    expect(page.locator(".explorer")).to_be_hidden()
    expect(page.get_by_text("needs JavaScript")).to_be_visible()
    expect(page.locator("#figure-samples")).to_be_visible()
    page = open_page(ready=False, page="", java_script_enabled=False)
    expect(page.locator(".explorer")).to_be_hidden()


@pytest.mark.parametrize("file", ["manifest.json", "vae-2.bin", "ae-2.bin", "images.bin"])
def test_a_failed_download_is_said_and_tried_again(open_page, file):
    def fail(page):
        page.route(f"**/{file}*", lambda route: route.abort())

    page = open_page(ready=False, prepare=fail)
    expect(part(page, "message")).to_have_text(
        f"{file} could not be downloaded: the connection failed."
    )
    page.unroute_all()
    part(page, "retry").click()
    expect(part(page, "cover")).to_be_hidden()
    expect(part(page, "plane-vae")).to_be_focused()
    assert losses(page, "vae-mean") != ["\u2013"] * 3


def test_a_reader_returns_to_the_models_that_are_there(open_page):
    page = open_page()
    page.route("**/vae-16.bin*", lambda route: route.fulfill(status=500))
    page.get_by_role("radio", name="16-D").check()
    expect(part(page, "message")).to_have_text(
        "vae-16.bin could not be downloaded: the server answered 500."
    )
    part(page, "back").click()
    expect(part(page, "cover")).to_be_hidden()
    expect(page.get_by_role("radio", name="2-D", exact=True)).to_be_checked()
    assert "latent" not in settled_address(page)


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_jumps_or_overflows(open_page, width):
    observe = """new PerformanceObserver((list) => {
      for (const { value } of list.getEntries()) window.shift = (window.shift ?? 0) + value;
    }).observe({ type: "layout-shift", buffered: true })"""
    page = open_page(
        viewport={"width": width, "height": 900},
        prepare=lambda page: page.add_init_script(observe),
    )
    page.wait_for_timeout(600)
    assert page.evaluate("window.shift ?? 0") <= 0.02
    assert page.evaluate("document.documentElement.scrollWidth") == width
    small = page.evaluate(
        """[...document.querySelectorAll(".explorer :is(button, select, input)")]
          .filter((each) => each.checkVisibility())
          .map((each) => each.getBoundingClientRect())
          .filter(({ width, height }) => Math.min(width, height) < 24).length"""
    )
    assert small == 0


def test_the_smaller_form_loads_when_it_is_wanted(open_page):
    asked = []
    page = open_page(
        ready=False,
        page="",
        prepare=lambda page: page.on("request", lambda each: asked.append(each.url)),
    )
    page.wait_for_load_state("networkidle")
    assert not any("assets/explorer/" in url for url in asked)
    part(page, "start").press("Enter")
    plane = part(page, "plane")
    expect(plane).to_be_focused()
    before = pixels(page, *PICTURES)
    page.keyboard.press("Shift+ArrowLeft")
    keyed = pixels(page, *PICTURES)
    plane.hover(position={"x": 30, "y": 30})
    assert all(
        one != other != third
        for one, other, third in zip(before, keyed, pixels(page, *PICTURES), strict=True)
    )
    page.get_by_role("link", name="in the explorer").click()
    expect(part(page, "cover")).to_be_hidden()


def test_the_smaller_form_begins_as_the_plane_that_it_becomes(open_page):
    page = open_page(ready=False, page="")
    paths = (
        part(page, "poster")
        .locator("path")
        .evaluate_all("(paths) => paths.map((path) => path.getAttribute('d'))")
    )
    dots = [tuple(map(int, dot)) for path in paths for dot in re.findall(r"M(\d+) (\d+)h0", path)]
    assert len(dots) == 5 * CLASSES
    part(page, "start").click()
    expect(part(page, "poster")).to_have_count(0)
    drawn = part(page, "plane").evaluate(
        """(plane, [dots, side]) => {
          const canvas = plane.querySelector("canvas");
          const scale = canvas.width / side;
          const at = ([x, y]) =>
            canvas.getContext("2d").getImageData(x * scale - 1, y * scale - 1, 3, 3).data;
          return dots.filter((dot) => at(dot).some((value) => value > 0)).length;
        }""",
        [dots, POSTER],
    )
    assert drawn == len(dots)


def test_the_smaller_form_says_what_failed_and_tries_again(open_page):
    page = open_page(ready=False, page="")
    page.route("**/ae-2.bin*", lambda route: route.abort())
    part(page, "start").click()
    expect(part(page, "message")).to_contain_text("ae-2.bin could not be downloaded")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(part(page, "start")).to_have_count(0)


@pytest.mark.parametrize(
    ("page", "bundle"), [("explorer/", "explorer/page.js"), ("", "explorer/preview.js")]
)
def test_a_page_loads_two_bundles_of_ours(open_page, page, bundle):
    sizes = {}

    def weigh(response):
        if response.url.endswith(".js") and "/assets/" not in response.url:
            sizes[response.url.partition("/vae-report/")[2]] = len(response.body())

    open_page(
        ready=False, page=page, prepare=lambda page: page.on("response", weigh)
    ).wait_for_load_state("networkidle")
    assert sizes.keys() == {"javascripts/site.js", bundle}
    assert sum(sizes.values()) <= BUDGET
