"""The report as a function of its data, its code and `report.toml`: the stages, in order."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vae_report.code_version import code_version
from vae_report.config import load_settings
from vae_report.data import Dataset, load_dataset
from vae_report.devices import choose_device
from vae_report.display import Display
from vae_report.errors import ReportError
from vae_report.executor import Job, Workers
from vae_report.results import Results, load_result
from vae_report.runs import DataPlace, RunSpec, run_specs, train_run
from vae_report.store import Store
from vae_report.tables import source_date, write_metrics, write_provenance, write_text

_MEASURING_MODULES = ("evaluation", "examples.py", "models.py", "objectives.py")


@dataclass(frozen=True)
class Options:
    """How to build, as opposed to what: nothing here changes a number in the report.

    Attributes:
        root: of the repository.
        profile: of `report.toml`.
        data: folder of the data set.
        device: to train on, or `auto`.
        jobs: processes at work.
    """

    root: Path
    profile: str
    data: Path
    device: str
    jobs: int


def build(options: Options, display: Display) -> None:
    """Build the report: find the data, train, measure, draw, and make the site.

    Args:
        options: of this build.
        display: that says how far it is.

    Raises:
        ReportError: something that the user can mend is in the way. What was finished is kept.
    """
    Build(options, display).run()


class Build:
    """One build; each method is a stage that reads what those before it wrote."""

    def __init__(self, options: Options, display: Display) -> None:
        self.options = options
        self.display = display
        self.settings = load_settings(options.root / "report.toml", options.profile)
        self.assets = options.root / "docs" / "assets"
        self.runs = Store(options.root / ".cache" / "runs")
        self.measurements = Store(options.root / ".cache" / "measurements")

    def run(self) -> None:
        """Go through all stages."""
        device = choose_device(self.options.device)
        dataset = self.find_data()
        specs = run_specs(self.settings, dataset.digest)
        with Workers(self.options.jobs) as workers:
            self.train(specs, device, workers)
            self.measure(specs, device, workers)
        results = self.load(specs)
        self.write_tables(results, dataset, specs)
        self.draw(results)
        self.execute_walkthrough()
        self.make_site()
        site = self.options.root / "site" / "index.html"
        self.display.account([f"The report is {site}; to look at it: make serve"])

    def find_data(self) -> Dataset:
        """Find the data set, or fetch it into the data folder."""
        with self.display.stage("data") as conclude:
            dataset = load_dataset(self.settings.data, self.options.data, self.display.console)
            conclude(f"{dataset.name} from {dataset.source}")
        return dataset

    def train(self, specs: Mapping[str, RunSpec], device: str, workers: Workers) -> None:
        """Train the runs that the store lacks, the longest first."""
        jobs = {
            spec.key: Job(name, train_run, (spec, self._place, device))
            for name, spec in specs.items()
        }
        lengths = {name: spec.settings.epochs for name, spec in specs.items()}
        self._fill("train", self.runs, jobs, lengths, workers)

    def measure(self, specs: Mapping[str, RunSpec], device: str, workers: Workers) -> None:
        """Measure the runs whose measurements the store lacks."""
        from vae_report.evaluation.measuring import measure_run

        jobs = {}
        for name, spec in specs.items():
            weights = (self._run_folder(spec) / "weights.safetensors").read_bytes()
            jobs[self._measurement_key(spec)] = Job(
                name, measure_run, (spec.settings, weights, self._place, device)
            )
        self._fill("measure", self.measurements, jobs, dict.fromkeys(specs, 1), workers)

    def load(self, specs: Mapping[str, RunSpec]) -> Results:
        """Read all results back."""
        return Results(
            self.settings.data.classes,
            {
                name: load_result(
                    name,
                    spec.settings,
                    self._run_folder(spec),
                    self._entry(self.measurements, self._measurement_key(spec)),
                )
                for name, spec in specs.items()
            },
        )

    def write_tables(
        self, results: Results, dataset: Dataset, specs: Mapping[str, RunSpec]
    ) -> None:
        """Write metrics and provenance."""
        with self.display.stage("tables") as conclude:
            self.assets.mkdir(parents=True, exist_ok=True)
            write_metrics(results, self.assets)
            origins = [
                json.loads((self._run_folder(spec) / "origin.json").read_bytes())
                for spec in specs.values()
            ]
            write_provenance(
                self.options.root,
                self.settings.profile,
                dataset,
                [origin["device"] for origin in origins],
                self.assets,
            )
            conclude(f"metrics of {len(results.runs)} runs, and provenance")

    def draw(self, results: Results) -> None:
        """Draw every figure in both variants, and list them for the pages."""
        from vae_report.figures import FIGURES, draw

        with self.display.stage("figures") as conclude:
            folder = self.assets / "figures"
            folder.mkdir(parents=True, exist_ok=True)
            entries = {name: draw(name, results, folder) for name in FIGURES}
            manifest = {name: entry.model_dump() for name, entry in entries.items()}
            write_text(folder / "figures.json", json.dumps(manifest, indent=1))
            conclude(f"{len(entries)} figures, light and dark")

    def execute_walkthrough(self) -> None:
        """Run the walkthrough notebook on the trained runs."""
        from vae_report.site.notebook import execute_notebook

        with self.display.stage("walkthrough") as conclude:
            # The notebook finds the data by the rules of the build, and has no other way to hear.
            os.environ["VAE_REPORT_DATA"] = str(self.options.data)
            execute_notebook(
                self.options.root / "docs" / "walkthrough.py",
                self.assets / "walkthrough.ipynb",
                self.options.root,
            )
            conclude("executed")

    def make_site(self) -> None:
        """Turn the pages into the site."""
        with self.display.stage("site") as conclude:
            environment = {
                "SOURCE_DATE_EPOCH": str(source_date(self.options.root)),
                "NO_MKDOCS_2_WARNING": "1",
                **os.environ,
            }
            done = subprocess.run(
                [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"],
                cwd=self.options.root,
                env=environment,
                check=False,
            )
            if done.returncode:
                raise ReportError("The pages could not be built: see the line above.")
            conclude("site/")

    @property
    def _place(self) -> DataPlace:
        return DataPlace(self.settings.data, self.options.data)

    def _run_folder(self, spec: RunSpec) -> Path:
        return self._entry(self.runs, spec.key)

    def _measurement_key(self, spec: RunSpec) -> str:
        code = code_version(_MEASURING_MODULES, libraries=("numpy", "torch", "torchmetrics"))
        return f"{spec.key}-{code[:16]}"

    @staticmethod
    def _entry(store: Store, key: str) -> Path:
        folder = store.find(key)
        if folder is None:
            raise ReportError(f"{store.root / key}: vanished during the build; run again.")
        return folder

    def _fill(
        self,
        stage: str,
        store: Store,
        jobs: Mapping[str, Job],
        lengths: Mapping[str, int],
        workers: Workers,
    ) -> None:
        """Do the jobs whose results, by key, a store lacks."""
        with self.display.stage(stage) as conclude:
            for key in jobs:
                if store.damaged(key):
                    self.display.say(f"{store.root / key}: damaged; it is made again.")
            missing = {key: job for key, job in jobs.items() if store.find(key) is None}
            keys = {job: key for key, job in missing.items()}
            ordered = sorted(keys, key=lambda job: -lengths[job.name])
            with self.display.bars({job.name: lengths[job.name] for job in ordered}) as progress:
                for job, files in workers.run(ordered, progress):
                    store.put(keys[job], files)
                    self.display.say(f"  {stage} {job.name}: done")
            conclude(f"{len(missing)} done, {len(jobs) - len(missing)} reused")
