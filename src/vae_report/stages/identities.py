"""What is kept goes by names that follow from all that made it, so that none can be out of date."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from vae_report.engine.fingerprint import Name
from vae_report.models import model_named
from vae_report.registry import CODE, fingerprint, found
from vae_report.settings import ClassifierSettings, RunSettings, Settings
from vae_report.training.runs import RunSpec, run_spec

_LIBRARIES = ("numpy", "scikit-learn", "torch")


@dataclass(frozen=True)
class Identities:
    """The names of a report's runs and measurements in their stores.

    Attributes:
        settings: of the report.
        data: digest of the data set's images.
    """

    settings: Settings
    data: str

    def run(self, run: RunSettings) -> RunSpec[RunSettings]:
        """Say what a run's weights follow from."""
        return run_spec(self.settings, run, self.data)

    @cached_property
    def judges(self) -> dict[int, RunSpec[ClassifierSettings]]:
        """What the weights of the classifier with each seed follow from."""
        return {
            seed: run_spec(self.settings, judge, self.data)
            for seed, judge in self.settings.judges.items()
        }

    @cached_property
    def measurements(self) -> dict[RunSettings, dict[str, str]]:
        """Name each measurement of each run."""
        return {run: self._measurements(run) for run in self.settings.trained}

    def _measurements(self, run: RunSettings) -> dict[str, str]:
        """Name each measurement of a run: by the run, its own code, and what it asks for."""
        model, key = model_named(run.model), self.run(run).key
        known = {"judge": self.judges[run.seed].key, **self.arguments(run)}

        def version(function: Name) -> str:
            _, *asked = CODE.parameters_of(function)
            code = fingerprint((function, model), _LIBRARIES)
            return digest([code, [known[parameter] for parameter in asked]])[:16]

        return {
            name: f"{key}-{name}-{version(function)}"
            for name, function in found("measurement", "measurements").items()
        }

    def arguments(self, run: RunSettings) -> dict[str, object]:
        """What measurements may ask for by the names of their parameters, besides the judge.

        `headline` says whether the run is one of the headline, with whatever seed, and `first`
        whether it is one with its first seed.
        """
        return {
            "headline": run in self._replicates_of_headline,
            "first": run in self.headline,
            "seed": run.seed,
            **self.settings.measurements.model_dump(),
        }

    @cached_property
    def baselines(self) -> dict[int, str]:
        """Name the measurement of each judge and of what samples are compared with, by its seed."""
        code = fingerprint((Name("vae_report.measurements.baselines", "baselines"),), _LIBRARIES)
        version = digest([code, self.settings.measurements.generated, self.latents])
        return {
            seed: f"{judge.key}-baselines-{version[:16]}" for seed, judge in self.judges.items()
        }

    @cached_property
    def _replicates_of_headline(self) -> frozenset[RunSettings]:
        return frozenset(
            run for name in self.settings.headline for run in self.settings.replicates(name)
        )

    @property
    def headline(self) -> list[RunSettings]:
        """Settings of the headline runs."""
        return [self.settings.runs[name] for name in self.settings.headline]

    @property
    def latents(self) -> list[int]:
        """Latent sizes of the headline runs."""
        return sorted({run.latent for run in self.headline})


def digest(content: object) -> str:
    """Digest whatever JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
