"""What the browser fetches, and what it says when that fails."""

import json

import pytest

from exported import export, javascript, read, write_run
from vae_report.audit.server import served

LOAD = """
try {
  const manifest = await loadManifest(given);
  const images = await loadImages(given, manifest);
  const { tensors } = await loadModel(given, manifest.models[0]);
  answer(images.pixels, images.labels, images.pointLabels, tensors.points);
} catch (error) {
  console.log(`${error.name}: ${error.message}`);
}
"""


@pytest.fixture
def explorer(tmp_path):
    folder = tmp_path / "explorer"
    export([write_run(tmp_path)], folder)
    return folder


def shorten(path):
    path.write_bytes(path.read_bytes()[:1000])


def spoil(path):
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])


@pytest.mark.parametrize(
    ("file", "accident", "message"),
    [
        *(
            (
                file,
                lambda path: path.unlink(),
                f"{file} could not be downloaded: the server answered 404.",
            )
            for file in ("manifest.json", "images.bin", "vae-2.bin")
        ),
        ("manifest.json", shorten, "manifest.json arrived damaged."),
        ("images.bin", shorten, "images.bin arrived incomplete: 1000 of 23602 bytes."),
        ("vae-2.bin", spoil, "vae-2.bin is not the one that belongs to this page."),
    ],
)
def test_a_failure_is_one_plain_sentence(explorer, file, accident, message):
    accident(explorer / file)
    with served(explorer) as base:
        assert javascript(LOAD, base).decode() == f"Error: {message}\n"


def test_a_lost_connection_is_a_plain_sentence_too(explorer):
    with served(explorer) as base:
        pass
    message = "manifest.json could not be downloaded: the connection failed."
    assert javascript(LOAD, base).decode() == f"Error: {message}\n"


@pytest.mark.parametrize("secure", [True, False])
def test_what_is_loaded_is_what_was_exported(explorer, secure):
    manifest = json.loads((explorer / "manifest.json").read_bytes())
    insecure = "" if secure else 'Object.defineProperty(globalThis, "crypto", { value: {} });'
    with served(explorer) as base:
        output = javascript(insecure + LOAD, base)
    images, model = read(explorer, manifest["images"]), read(explorer, manifest["models"][0])
    tensors = [images["pixels"], images["labels"], images["point_labels"], model["points"]]
    assert output == b"".join(each.astype("<f4").tobytes() for each in tensors)


def test_every_version_of_a_file_has_an_address_of_its_own(explorer):
    manifest = json.loads((explorer / "manifest.json").read_bytes())
    with served(explorer) as base:
        asked = javascript(
            """
            const { fetch } = globalThis;
            globalThis.fetch = (address, options) => {
              console.log(address.href, options?.cache ?? "default");
              return fetch(address, options);
            };
            const manifest = await loadManifest(given);
            await loadImages(given, manifest);
            await loadModel(given, manifest.models[0]);
            """,
            base,
        )
    files = (manifest["images"], manifest["models"][0])
    assert asked.decode().splitlines() == [
        f"{base}manifest.json no-cache",
        *(f"{base}{file['file']}?{file['sha256'][:16]} default" for file in files),
    ]
