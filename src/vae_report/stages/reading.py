"""The results of all runs for the stages that read them."""

from collections.abc import Iterable
from functools import cache

from vae_report.engine.fingerprint import Name
from vae_report.engine.store import Parts, digest
from vae_report.registry import fingerprint
from vae_report.results.stored import ResultFolders
from vae_report.stages.context import Context
from vae_report.stages.measuring import baselines_of, measurements_of
from vae_report.stages.training import classifier_of, spec_of

_READING = Name("vae_report.results.stored", "ResultFolders")
_READING_WITH = ("numpy", "pandas", "scipy")  # reading results averages them over seeds


@cache
def results_of(context: Context) -> ResultFolders:
    """Return the folders of the results."""
    settings = context.settings
    return ResultFolders(
        settings.data.classes,
        tuple(
            (
                name,
                tuple(
                    (
                        run,
                        context.folder(spec_of(context, run).entry),
                        tuple(map(context.folder, measurements_of(context, run))),
                    )
                    for run in settings.replicates(name)
                ),
            )
            for name in settings.runs
        ),
        settings.headline,
        tuple(settings.sweeps.items()),
        tuple(
            (
                seed,
                context.folder(classifier_of(context, seed).entry),
                context.folder(baselines_of(context, seed)),
            )
            for seed in settings.judges
        ),
    )


def parts_of_results(
    context: Context, functions: Iterable[Name], libraries: Iterable[str] = ()
) -> Parts:
    """Return the dependencies of what some functions make of all results."""
    measured, names = _digests(context)
    return {
        "code": fingerprint((*functions, _READING), (*_READING_WITH, *libraries)),
        "measurements": measured,
        "names": names,
    }


@cache
def _digests(context: Context) -> tuple[str, str]:
    settings = context.settings
    keys = {
        name: [
            [entry.key for entry in measurements_of(context, run)]
            for run in settings.replicates(name)
        ]
        for name in settings.runs
    }
    judges = [baselines_of(context, seed).key for seed in settings.judges]
    return (
        digest([keys, judges]),
        digest([settings.headline, settings.sweeps, settings.data.classes]),
    )
