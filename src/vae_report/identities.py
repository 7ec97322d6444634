"""What is kept goes by names that follow from all that made it, so that none can be out of date."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from vae_report.code_version import Name, code_version, functions_under, parameters_of
from vae_report.config import ClassifierSettings, RunSettings, Settings
from vae_report.runs import MODELS, RunSpec, model_class, run_spec

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
    def judge(self) -> RunSpec[ClassifierSettings]:
        """What the classifier's weights follow from."""
        return run_spec(self.settings, self.settings.classifier, self.data)

    @cached_property
    def measurements(self) -> dict[RunSettings, dict[str, str]]:
        """Name each measurement of each run."""
        return {run: self._measurements(run) for run in self.settings.runs.values()}

    def _measurements(self, run: RunSettings) -> dict[str, str]:
        """Name each measurement of a run: by the run, its own code, and what it asks for."""
        model, key = model_class(run.model), self.run(run).key
        known = {"judge": self.judge.key, **self.arguments(run)}

        def version(function: Name) -> str:
            _, *asked = parameters_of(function)
            code = code_version((function, model), _LIBRARIES, without=(MODELS,))
            return digest([code, [known[parameter] for parameter in asked]])[:16]

        return {
            name: f"{key}-{name}-{version(function)}"
            for name, function in functions_under("measurement", "evaluation").items()
        }

    def arguments(self, run: RunSettings) -> dict[str, object]:
        """What measurements may ask for by the names of their parameters, besides the judge."""
        return {"headline": run in self.headline, **self.settings.measurements.model_dump()}

    @cached_property
    def baselines(self) -> str:
        """Name the measurement of the judge and of what samples are compared with."""
        code = code_version((Name("evaluation.baselines", "baselines"),), _LIBRARIES)
        version = digest([code, self.settings.measurements.generated, self.latents])
        return f"{self.judge.key}-baselines-{version[:16]}"

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
