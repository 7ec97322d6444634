"""The stage that measures runs, and the baselines with which their samples are compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from vae_report.engine.files import json_bytes
from vae_report.engine.fingerprint import Name
from vae_report.engine.graph import Item
from vae_report.engine.store import Entry, Files, digest
from vae_report.engine.workers import Job
from vae_report.errors import ReportError
from vae_report.models import model_named
from vae_report.registry import CODE, fingerprint, found, load
from vae_report.results.stored import diverged, load_history
from vae_report.settings import ClassifierSettings, RunSettings
from vae_report.stages.context import Context, one_thread
from vae_report.stages.training import classifier_of, spec_of, with_seed
from vae_report.training.runs import DataPlace, load_once

if TYPE_CHECKING:
    from vae_report.measurements.judge import Judge
    from vae_report.measurements.measuring import Measured

_LIBRARIES = ("numpy", "scikit-learn", "torch")
_BASELINES = Name("vae_report.measurements.baselines", "baselines")


def run_item(context: Context, run: RunSettings, after: Sequence[Item]) -> Item:
    """Make the missing measurements of a run."""
    name = context.settings.trained[run]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        keys = {entry.name: entry.key for entry in missing}
        folder = context.folder(spec_of(context, run).entry)
        known = _stored_judge(context, run.seed), _arguments(context, run)
        arguments = name, keys, run, folder, *known
        return context.workers.do(Job(f"measure {name}", measure_run, arguments, counts=True))

    return Item(
        "measure",
        name,
        make,
        lambda: measurements_of(context, run),
        after,
        length=len(found("measurement", "measurements")),
        work=lambda: _work(context, run),
    )


def baselines_item(context: Context, seed: int, classifier: Item) -> Item:
    """Measure the judge with a seed, and the images with which samples are compared."""
    title = with_seed(context, "baselines", seed)

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        generated, latents = context.settings.measurements.generated, _latents(context)
        judge = _stored_judge(context, seed)
        files = context.do(f"measure {title}", measure_baselines, judge, generated, latents)
        return {entry.key: files for entry in missing}

    return Item(
        "measure",
        title,
        make,
        lambda: [baselines_of(context, seed)],
        [classifier],
        work=lambda: 7 * _share_of_usual_data(context),
    )


@cache
def measurements_of(context: Context, run: RunSettings) -> list[Entry]:
    """List the measurements of a run, which depend on the run, their code and their arguments."""
    model, spec = model_named(run.model), spec_of(context, run)
    known = {"judge": classifier_of(context, run.seed).key, **_arguments(context, run)}

    # The way in which pages show what is measured does not matter.
    records = found("record", "measurements").values()

    def entry(name: str, function: Name) -> Entry:
        _, *asked = CODE.parameters_of(function)
        return Entry(
            name,
            {
                "run": spec.key,
                "code": fingerprint((function, model), _LIBRARIES, records),
                "arguments": digest([known[parameter] for parameter in asked]),
            },
        )

    return [entry(*each) for each in found("measurement", "measurements").items()]


@cache
def baselines_of(context: Context, seed: int) -> Entry:
    """Return the entry of the measurement of a judge and of what samples are compared with."""
    asked = [context.settings.measurements.generated, _latents(context)]
    parts = {
        "judge": classifier_of(context, seed).key,
        "code": fingerprint((_BASELINES,), _LIBRARIES, found("record", "measurements").values()),
        "arguments": digest(asked),
    }
    return Entry("baselines", parts)


def _arguments(context: Context, run: RunSettings) -> dict[str, object]:
    """Return the arguments of measurements besides the judge, by the names of the parameters.

    `headline` says whether the run is one of the headline, with any seed, and `first` whether
    it is one with its first seed.
    """
    settings = context.settings
    replicates = [settings.replicates(name) for name in settings.headline]
    return {
        "headline": any(run in each for each in replicates),
        "first": any(run == each[0] for each in replicates),
        "seed": run.seed,
        **settings.measurements.model_dump(),
    }


def _latents(context: Context) -> list[int]:
    """List the latent sizes of the headline runs."""
    settings = context.settings
    return sorted({settings.runs[name].latent for name in settings.headline})


def _share_of_usual_data(context: Context) -> float:
    return context.settings.data.test_images / 10_000


def _work(context: Context, run: RunSettings) -> float:
    """Estimate the seconds of measuring, as `vae_report.training.runs.work` those of training."""
    measurements = context.settings.measurements
    seconds = 1.1 + 0.02 * min(run.latent, 16) + 1.2e-4 * measurements.generated
    known = _arguments(context, run)
    seconds += 1.5 * bool(known["headline"])
    if known["first"]:
        seconds += 2 + 0.065 * measurements.importance_samples
    return 0.3 + seconds * _share_of_usual_data(context)


@dataclass(frozen=True)
class StoredJudge:
    """The stored classifier and the data set from which a process loads the judge."""

    settings: ClassifierSettings
    weights: Path
    data: DataPlace
    device: str


def _stored_judge(context: Context, seed: int) -> StoredJudge:
    weights = context.folder(classifier_of(context, seed).entry) / "weights.safetensors"
    return StoredJudge(context.settings.judges[seed], weights, context.place, context.device)


@cache
def _load_judge(stored: StoredJudge) -> "Judge":
    """Load the judge, once for all the measurements of a process."""
    from vae_report.measurements.judge import Judge

    dataset = load_once(stored.data)
    return Judge.of(stored.settings, stored.weights.read_bytes(), dataset, stored.device)


def measure_run(
    name: str,
    keys: Mapping[str, str],
    settings: RunSettings,
    run: Path,
    judge: StoredJudge,
    others: Mapping[str, object],
    progress: Callable[[int], None],
) -> dict[str, Files]:
    """Measure a finished run.

    Args:
        name: The name of the run.
        keys: The key of each measurement that is to be made, by its name.
        settings: The settings of the run.
        run: The folder of the run.
        judge: The stored judge.
        others: The other arguments of measurements, by the names of their parameters.
        progress: A function that is called with the number of finished measurements.

    Returns:
        The files `values.json` and `arrays.safetensors` of each measurement by its key; they are
        empty for a run that diverged.

    Raises:
        ReportError: The measured values are not those that a record declares.
    """
    from vae_report.measurements.measuring import Subject, load_model

    functions = found("measurement", "measurements")
    if diverged(load_history(run)):
        return {key: _stored(load(functions[each]).nothing) for each, key in keys.items()}
    dataset, weights = load_once(judge.data), (run / "weights.safetensors").read_bytes()
    subject = Subject.of(load_model(settings, dataset.side**2, weights).to(judge.device), dataset)
    measured = {}
    for done, (each, key) in enumerate(keys.items(), start=1):
        with one_thread():
            _, *asked = CODE.parameters_of(functions[each])
            given = {
                parameter: _load_judge(judge) if parameter == "judge" else others[parameter]
                for parameter in asked
            }
            try:
                measured[key] = _stored(load(functions[each])(subject, **given))
            except ReportError as error:
                raise ReportError(f"run '{name}': {error}") from error
        progress(done)
    return measured


def measure_baselines(judge: StoredJudge, generated: int, latents: Sequence[int]) -> Files:
    """Measure the judge itself, and the images with which samples are compared.

    Args:
        judge: The stored judge.
        generated: The number of images of each kind.
        latents: The numbers of principal components.

    Returns:
        The files `values.json` and `arrays.safetensors`.
    """
    import torch

    from vae_report.measurements.baselines import baselines

    with one_thread():
        images = torch.from_numpy(load_once(judge.data).train_images).to(judge.device)
        seed = judge.settings.seed
        return _stored(baselines(_load_judge(judge), images, generated, latents, seed))


def _stored(measured: "Measured") -> Files:
    from safetensors.numpy import save

    return {
        "values.json": json_bytes(measured.values),
        "arrays.safetensors": save(measured.arrays),
    }
