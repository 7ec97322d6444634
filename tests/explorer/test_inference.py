"""The models as the browser runs them, beside PyTorch."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from exported import dataset, export, javascript, write_run
from small_report import PIXELS, run_settings, shapes
from vae_report.audit.server import served
from vae_report.measurements.measuring import load_model
from vae_report.models.autoencoders import as_pixels, make_model
from vae_report.models.likelihoods import LIKELIHOODS
from vae_report.models.objectives import rate
from vae_report.training.loop import Images, train

EXPLORED = [
    run_settings(model=model, latent=latent, hidden=(96, 64), epochs=3)
    for model in ("vae", "ae")
    for latent in (2, 16)
]
WIDTH = st.integers(1, 9)

ANSWER_IMAGE = """
function answerImage(model, image) {
  const code = model.encode(image);
  const logits = model.decode(code.mean);
  const errors = crossEntropy(logits, image, model.likelihood);
  answer(code.mean, code.logVariance ?? [], logits, model.pixels(logits), errors);
  answer([klDivergence(code)]);
}
"""


def answers(output, images):
    """What was answered, a row an image."""
    return np.frombuffer(output, "<f4").reshape(images, -1)


@torch.inference_mode()
def expected(model, images):
    """What PyTorch has to say to `answerImage`, in the same order: a row an image."""
    code = model.encode(images)
    logits = model.decode(code.mean)
    errors = model.likelihood.log_partition(logits) - logits * images
    parts = [code.mean, code.log_variance, logits, model.pixels(logits), errors]
    return torch.cat([*(part for part in parts if part is not None), rate(code)[:, None]], dim=1)


def layers(model, part):
    """An encoder or decoder as the manifest describes it."""
    return [
        {"type": "linear", "weight": f"{part}.{name}.weight", "bias": f"{part}.{name}.bias"}
        if isinstance(layer, torch.nn.Linear)
        else {"type": "relu"}
        for name, layer in getattr(model, part).named_children()
    ]


@settings(max_examples=12)
@given(
    kind=st.sampled_from(["vae", "ae"]),
    likelihood=st.sampled_from(list(LIKELIHOODS)),
    latent=WIDTH,
    hidden=st.lists(WIDTH, min_size=1, max_size=3),
    pixels=WIDTH,
    seed=st.integers(0, 99),
)
def test_layers_of_any_shape_agree(kind, likelihood, latent, hidden, pixels, seed):
    torch.manual_seed(seed)
    run = run_settings(model=kind, likelihood=likelihood, latent=latent, hidden=tuple(hidden))
    model = make_model(run, pixels)
    for weights in model.parameters():
        torch.nn.init.normal_(weights)
    images = torch.rand(3, pixels)
    entry = {"run": "a run", "kind": kind, "latent": latent, "likelihood": likelihood}
    entry |= {part: layers(model, part) for part in ("encoder", "decoder")}
    output = javascript(
        ANSWER_IMAGE
        + """
        const tensors = Object.fromEntries(
          Object.entries(given.tensors).map(([name, values]) => [name, Float32Array.from(values)]),
        );
        const model = makeModel({ entry: given.entry, tensors });
        given.images.forEach((image) => answerImage(model, Float32Array.from(image)));
        """,
        {
            "entry": entry,
            "tensors": {name: each.flatten().tolist() for name, each in model.state_dict().items()},
            "images": images.tolist(),
        },
    )
    reference = expected(model.double(), images.double()).numpy()
    assert answers(output, 3) == pytest.approx(reference, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_likelihoods_agree_at_every_logit(likelihood):
    sizes = [0, 1e-30, 1e-12, 0.99e-4, 1.01e-4, 1e-2, 0.49, 0.51, 3, 50, 300]
    logits = torch.tensor([-size for size in sizes] + sizes)
    pixels = torch.linspace(0, 1, len(logits))
    output = javascript(
        """
        const entry = { likelihood: given.likelihood, encoder: [], decoder: [] };
        const logits = Float32Array.from(given.logits);
        answer(makeModel({ entry, tensors: {} }).pixels(logits));
        answer(crossEntropy(logits, given.pixels, given.likelihood));
        """,
        {"likelihood": likelihood, "logits": logits.tolist(), "pixels": pixels.tolist()},
    )
    means, errors = answers(output, 2)
    family, logits = LIKELIHOODS[likelihood], logits.double()
    assert means == pytest.approx(family.mean(logits).numpy(), rel=1e-5, abs=1e-7)
    reference = family.log_partition(logits) - logits * pixels
    assert errors == pytest.approx(reference.numpy(), rel=1e-6, abs=1e-6)


@pytest.fixture(scope="module")
def images():
    """A hundred test images of each class, and enough others to train a model that is sure."""
    training, _ = shapes(4000, seed=3)
    return replace(dataset(test=1000), train_images=training)


def trained(settings, images):
    """A run's weights after a short training."""
    training, validation = map(torch.from_numpy, (images.train_images, images.validation_images))
    return train(settings, Images(training, validation, validation[:10])).model.state_dict()


@pytest.mark.parametrize("settings", EXPLORED, ids=lambda settings: settings.title)
def test_a_thousand_images_agree_with_the_weights_as_trained(settings, images, tmp_path):
    run = write_run(tmp_path, weights=trained(settings, images), **settings.model_dump())
    # An autoencoder is shown beside a VAE of its size alone.
    runs = [run]
    if settings.model == "ae":
        runs.append(write_run(tmp_path, **settings.model_dump() | {"model": "vae"}))
    export(runs, tmp_path / "explorer", images, images=100)
    with served(tmp_path / "explorer") as base:
        output = javascript(
            ANSWER_IMAGE
            + """
            const manifest = await loadManifest(given);
            const { pixels } = await loadImages(given, manifest);
            const model = makeModel(await loadModel(given, manifest.models[0]));
            for (let start = 0; start < pixels.length; start += 784) {
              const image = pixels.subarray(start, start + 784);
              answerImage(model, Float32Array.from(image, (value) => value / 255));
            }
            """,
            base,
        )
    model = load_model(settings, PIXELS, (run.folder / "weights.safetensors").read_bytes())
    labels = images.test_labels
    chosen = np.concatenate([np.flatnonzero(labels == label)[:100] for label in range(10)])
    reference = expected(model, as_pixels(torch.from_numpy(images.test_images[chosen]))).numpy()
    found = answers(output, 1000)
    codes = slice(0, settings.latent * (2 if settings.model == "vae" else 1))
    pixels = slice(codes.stop + 784, codes.stop + 2 * 784)
    for part in (codes, pixels):
        assert np.abs(found - reference)[:, part].max() < 1e-3
    # Per-pixel errors grow with logits, which are large where a pixel is surely black.
    assert np.allclose(found, reference, rtol=1e-3, atol=5e-3)


def test_a_decode_leaves_most_of_a_frame_to_others(tmp_path):
    run = write_run(tmp_path, **EXPLORED[0].model_dump())
    export([run], tmp_path / "explorer")
    with served(tmp_path / "explorer") as base:
        output = javascript(
            """
            const manifest = await loadManifest(given);
            const model = makeModel(await loadModel(given, manifest.models[0]));
            const times = [];
            for (let count = 0; count < 200; count += 1) {
              const started = performance.now();
              model.pixels(model.decode([count / 200, 0.5]));
              times.push(performance.now() - started);
            }
            answer(times);
            """,
            base,
        )
    assert np.median(answers(output, 1)) < 4, "milliseconds"
