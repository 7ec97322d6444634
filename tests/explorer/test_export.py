"""What the build writes for the explorer: complete, compact, and the same each time."""

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from exported import dataset, export, read, write_run
from small_report import PIXELS
from vae_report.errors import ReportError
from vae_report.explorer.page import explorer_facts
from vae_report.measurements.measuring import load_model
from vae_report.models import autoencoders
from vae_report.models.autoencoders import AE, VAE, as_pixels

KINDS = [("vae", 2), ("ae", 2), ("vae", 5), ("ae", 5)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return [write_run(folder, model=kind, latent=latent) for kind, latent in KINDS]


@pytest.fixture(scope="module")
def explorer(runs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("explorer")
    return folder, export(runs, folder)


def codes(run, images):
    model = load_model(run.settings, PIXELS, (run.folder / "weights.safetensors").read_bytes())
    with torch.inference_mode():
        return model.encode(as_pixels(torch.from_numpy(images)))


def test_the_manifest_says_what_each_model_is(explorer, runs):
    _, manifest = explorer
    assert (manifest["side"], manifest["classes"]) == (28, list("ABCDEFGHIJ"))
    for (kind, latent), run, model in zip(KINDS, runs, manifest["models"], strict=True):
        assert (model["kind"], model["latent"]) == (kind, latent)
        assert model["file"] == f"{kind}-{latent}.bin"
        assert (model["run"], model["key"]) == (run.name, run.folder.name)
        assert model["likelihood"] == "bernoulli"
        for part in ("encoder", "decoder"):
            assert [layer["type"] for layer in model[part]] == ["linear", "relu", "linear"]


def test_weights_are_those_of_the_run(explorer, runs):
    folder, manifest = explorer
    for run, model in zip(runs, manifest["models"], strict=True):
        tensors = read(folder, model)
        for name, weight in load_file(run.folder / "weights.safetensors").items():
            compact = name in ("encoder.0.weight", "decoder.2.weight")
            assert (model["tensors"][name]["dtype"] == "int16") == compact
            step = np.abs(weight).max(axis=-1, keepdims=True) / 32767 if compact else 0
            assert (np.abs(tensors[name] - weight) <= 0.51 * step).all()


def test_points_are_the_codes_of_the_same_images_in_all_models(explorer, runs):
    folder, manifest = explorer
    data = dataset()
    chosen = np.concatenate(
        [np.flatnonzero(data.validation_labels == label)[:5] for label in range(10)]
    )
    images = read(folder, manifest["images"])
    assert images["point_labels"].tolist() == data.validation_labels[chosen].tolist()
    for run, model in zip(runs, manifest["models"], strict=True):
        tensors = read(folder, model)
        code = codes(run, data.validation_images[chosen])
        assert tensors["points"] == pytest.approx(code.mean.numpy(), abs=1e-5)
        if code.log_variance is None:
            assert "deviations" not in tensors
        else:
            deviations = torch.exp(code.log_variance / 2).numpy()
            assert tensors["deviations"] == pytest.approx(deviations, rel=1e-5)


def test_images_are_the_first_of_each_class(explorer):
    folder, manifest = explorer
    images, data = read(folder, manifest["images"]), dataset()
    assert images["labels"].tolist() == np.repeat(np.arange(10), 3).tolist()
    [third] = np.flatnonzero(data.test_labels == 4)[2:3]
    assert np.array_equal(images["pixels"][3 * 4 + 2], data.test_images[third])


def test_directions_span_the_codes(explorer, runs):
    folder, manifest = explorer
    data = dataset()
    for run, model in zip(runs, manifest["models"], strict=True):
        means = codes(run, data.validation_images).mean.numpy()
        tensors = read(folder, model)
        centre, directions = tensors["centre"], tensors["directions"]
        assert centre == pytest.approx(means.mean(axis=0), abs=1e-5)
        lengths = np.linalg.norm(directions, axis=1)
        along = ((means - centre) @ directions.T / lengths).std(axis=0)
        assert along == pytest.approx(lengths, rel=1e-3)
        crossed = directions @ directions.T
        assert crossed == pytest.approx(np.diag(lengths**2), abs=1e-6)
        if model["latent"] == 2:
            assert np.count_nonzero(directions - np.diag(np.diag(directions))) == 0
        else:
            assert (np.diff(lengths) <= 0).all()
            assert (directions.max(axis=1) == np.abs(directions).max(axis=1)).all()


def test_typed_arrays_can_begin_at_every_tensor(explorer):
    folder, manifest = explorer
    for file in (*manifest["models"], manifest["images"]):
        assert (folder / file["file"]).stat().st_size == file["bytes"]
        assert all(tensor["offset"] % 4 == 0 for tensor in file["tensors"].values())


def test_the_same_runs_give_the_same_bytes(runs, explorer, tmp_path):
    def content(folder):
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    export(runs, tmp_path)
    assert content(tmp_path) == content(explorer[0])


def test_pages_learn_what_the_models_are_and_how_much_is_loaded_for_them_first(explorer):
    folder, manifest = explorer
    facts = explorer_facts(folder / "manifest.json")
    assert facts["runs"] == {
        f"{kind}-{latent}": f"narrow-{kind}-{latent}" for kind, latent in KINDS
    }
    assert (facts["sizes"], facts["classes"]) == ([2, 5], manifest["classes"])
    assert 0 < facts["bytes"] < sum(path.stat().st_size for path in folder.iterdir())


def test_pages_learn_of_no_explorer_that_is_not_there(tmp_path):
    assert explorer_facts(tmp_path / "manifest.json") is None


def complaint(run, tmp_path):
    with pytest.raises(ReportError) as raised:
        export([run], tmp_path / "explorer")
    assert not (tmp_path / "explorer").exists()
    message = str(raised.value)
    assert message.startswith("run 'narrow-")
    assert message.endswith(
        "name another sweep in [explorer] of report.toml, or leave that table out."
    )
    assert "\n" not in message
    return message


def test_a_run_that_diverged_is_not_shown(tmp_path):
    run = write_run(tmp_path, losses=(300.0, float("nan")))
    assert "'narrow-vae-2' diverged" in complaint(run, tmp_path)


class Smooth(AE):
    """Has an activation that the explorer does not know."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.encoder[1] = torch.nn.SiLU()


class Bounded(VAE):
    """Does more to encode than its encoder does."""

    def encode(self, images):
        code = super().encode(images)
        return code._replace(mean=code.mean.tanh())


@pytest.mark.parametrize(
    ("model", "reason"),
    [(Smooth, "has a layer SiLU() in its encoder"), (Bounded, "has its own way to encode")],
)
def test_a_model_of_other_layers_is_not_shown(model, reason, tmp_path, monkeypatch):
    monkeypatch.setattr(autoencoders, "load", lambda name: model)
    assert reason in complaint(write_run(tmp_path, model="vae"), tmp_path)


def test_a_model_of_a_users_own_is_shown_for_what_it_is(tmp_path, monkeypatch):
    class Linear(VAE):
        def __init__(self, latent, hidden, pixels, likelihood):
            super().__init__(latent, hidden, pixels, likelihood)
            self.decoder = torch.nn.Sequential(torch.nn.Linear(latent, pixels))

    monkeypatch.setattr(autoencoders, "model_named", str)
    monkeypatch.setattr(autoencoders, "load", lambda name: Linear)
    [model] = export([write_run(tmp_path, model="linear-vae")], tmp_path / "explorer")["models"]
    assert (model["kind"], model["file"]) == ("vae", "linear-vae-2.bin")
    assert [layer["type"] for layer in model["decoder"]] == ["linear"]
