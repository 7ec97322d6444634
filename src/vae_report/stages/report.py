"""The report as a function of its data, its code and `report.toml`: what is made from what."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rich.console import Console

from vae_report.engine.files import write_bytes, write_json, write_text
from vae_report.engine.fingerprint import Name
from vae_report.engine.graph import Item, Parts
from vae_report.engine.store import Store
from vae_report.engine.workers import Entries, Executor, Job
from vae_report.errors import ReportError
from vae_report.explorer.manifest import is_whole
from vae_report.registry import CODE, fingerprint, found
from vae_report.results.stored import ResultFolders
from vae_report.results.tables import provenance, source_date
from vae_report.settings import ClassifierSettings, RunSettings, load_settings
from vae_report.site.chromium import find_chromium
from vae_report.stages.identities import Identities, digest
from vae_report.stages.jobs import (
    JudgePlace,
    decide_claims,
    draw_card,
    draw_figure,
    execute_walkthrough,
    export_explorer,
    find_device,
    measure_baselines,
    measure_run,
    print_paper,
    train_judge,
    train_runs,
    write_tables,
)
from vae_report.training.devices import check_device
from vae_report.training.runs import DataPlace, RunSpec, shape, work

_READING = Name("vae_report.results.stored", "ResultFolders")
_READING_WITH = ("numpy", "pandas", "scipy")  # whoever reads results averages them over seeds
_EXECUTING = Name("vae_report.site.notebook", "execute_notebook")


@dataclass(frozen=True)
class Options:
    """How to build, as opposed to what: nothing here changes a number in the report.

    Attributes:
        root: of the repository.
        profile: of `report.toml`.
        data: folder of the data set.
        device: to train on, or `auto`.
        jobs: processes at work.
        executor: `processes`, or `dask` to train on a Dask cluster.
        scheduler: address of the cluster; without one, a local cluster is started.
        assets_only: stop before the pages.
    """

    root: Path
    profile: str
    data: Path
    device: str
    jobs: int
    executor: str = "processes"
    scheduler: str | None = None
    assets_only: bool = False


class Report:
    """Everything that one report consists of, as items that know when they are due.

    Nothing here imports what an unchanged report does not need, torch above all.

    Args:
        options: of this build.
        trainers: train the runs, here or elsewhere.
        workers: do on this machine whatever else takes long.
        console: shows downloads.

    Raises:
        ReportError: `report.toml` or the options name something that does not exist.
    """

    def __init__(
        self, options: Options, trainers: Executor, workers: Executor, console: Console
    ) -> None:
        check_device(options.device)
        self.options = options
        self.trainers = trainers
        self.workers = workers
        self._locks: dict[Hashable, threading.Lock] = {}
        self._identities: dict[str, Identities] = {}
        self.console = console
        self.settings = load_settings(options.root / "report.toml", options.profile)
        self.place = DataPlace(self.settings.data, options.data)
        self.assets = options.root / "docs" / "assets"
        self.cache = options.root / ".cache"
        self.runs = Store(self.cache / "runs")
        self.measurements = Store(self.cache / "measurements")

    @cached_property
    def items(self) -> list[Item]:
        """Every item after those that it needs; the longest runs first, for all else waits."""
        data = Item("data", "", self._data_parts, self._dataset.exists, self._find_data)
        titles = self.settings.trained
        judges = {seed: self._classifying(seed, data) for seed in self.settings.judges}
        training = {
            run: self._training(titles[run], run, data)
            for run in sorted(titles, key=self._work, reverse=True)
        }
        measuring = [self._baselines(seed, [judge]) for seed, judge in judges.items()]
        measuring += [
            self._measuring(titles[run], run, [item, judges[run.seed]])
            for run, item in training.items()
        ]
        tables = Item(
            "tables",
            "",
            lambda: self._results_parts((Name("vae_report.results.tables", "write_metrics"),)),
            (self.assets / "metrics.csv").exists,
            lambda: self._write("tables", write_tables, self.assets),
            measuring,
        )
        deciding = (
            Name("vae_report.claims", "write_claims"),
            *found("Claim", "claims").values(),
        )
        claims = Item(
            "claims",
            "",
            lambda: self._results_parts(deciding),
            (self.assets / "claims.json").exists,
            lambda: self._write("claims", decide_claims, self.assets / "claims.json"),
            measuring,
        )
        figures = [
            self._figure(name, function, measuring)
            for name, function in found("figure", "figures").items()
        ]
        provenance = Item(
            "provenance",
            "",
            lambda: {"content": digest(self._provenance())},
            (self.assets / "provenance.json").exists,
            lambda: write_json(self.assets / "provenance.json", self._provenance()),
            [*judges.values(), *training.values()],
        )
        headline = [self.settings.runs[name] for name in self.settings.headline]
        needed = [training[run] for run in dict.fromkeys(headline)]
        walkthrough = self._walkthrough([provenance, *needed])
        made = [data, *judges.values(), *training.values(), *measuring]
        explorer = self._explorer([training[run] for _, run in self._explored])
        made += [tables, claims, *figures, self._card(measuring), provenance, walkthrough, explorer]
        if self.options.assets_only:
            return made
        site = Item(
            "site",
            "",
            dict,
            lambda: False,
            self._make_site,
            made,
            work=lambda: 6.0,
            always=True,
        )
        return [*made, site, *([] if self._no_browser else [self._printing(site)])]

    def _write(self, title: str, job: Callable[..., Entries], target: Path) -> None:
        self._do(title, job, self._results, target)

    def _provenance(self) -> dict[str, Any]:
        keys = {title: self._named.run(run).key for run, title in self.settings.trained.items()}
        judges = self._named.judges.items()
        keys |= {self._of_judge("classifier", seed): judge.key for seed, judge in judges}
        origins = {
            title: json.loads((self.runs.root / key / "origin.json").read_bytes())
            for title, key in keys.items()
        }
        facts = self._dataset_facts
        # Where the images were found is left out: the same report says the same wherever that was.
        data = {name: facts[name] for name in ("name", "digest", "verified")}
        return provenance(self.options.root, self.options.profile, data, origins)

    def _data_parts(self) -> Parts:
        folders = (self.options.data, self.settings.data.sources.system)
        states = [
            (str(path), path.stat().st_size, path.stat().st_mtime_ns)
            for folder in folders
            if folder and folder.is_dir()
            for path in sorted(folder.iterdir())
        ]
        return {"settings": self.settings.data.model_dump_json(), "files": digest(states)}

    @property
    def _dataset(self) -> Path:
        return self.cache / "dataset.json"

    def _find_data(self) -> None:
        from vae_report.data import load_dataset

        dataset = load_dataset(self.settings.data, self.options.data, self.console)
        facts = {name: getattr(dataset, name) for name in ("name", "digest", "verified")}
        write_json(self._dataset, facts)

    @property
    def _dataset_facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self._dataset.read_bytes())
        return facts

    def _training(self, name: str, run: RunSettings, data: Item) -> Item:
        def parts() -> Parts:
            spec = self._named.run(run)
            settings = spec.settings.model_dump_json()
            return {"settings": settings, "data": spec.data, "code": spec.code}

        def make() -> None:
            # On an accelerator the first run of a shape to be due takes along all the others.
            with self._lock_of(run):
                specs = self._due_with(run)
                if specs:
                    job = Job(f"train {name}", train_runs, (specs, self.place, self.device))
                    self._put(self.runs, self.trainers.do(job))

        return Item(
            "train",
            name,
            parts,
            lambda: self._is_trained(run),
            make,
            [data],
            length=run.epochs,
            # Runs that are trained together take little longer than one of them.
            work=lambda: self._work(run) / (1 if self.device == "cpu" else len(self._alike(run))),
            content_named=True,
        )

    def _work(self, settings: RunSettings | ClassifierSettings) -> float:
        data = self.settings.data
        return 0.2 + work(settings, round(data.train_images * (1 - data.validation_fraction)))

    def _alike(self, run: RunSettings) -> list[RunSettings]:
        return [other for other in self.settings.trained if shape(other) == shape(run)]

    def _lock_of(self, run: RunSettings) -> threading.Lock:
        return self._locks.setdefault(run if self.device == "cpu" else shape(run), threading.Lock())

    def _due_with(self, run: RunSettings) -> tuple[RunSpec[RunSettings], ...]:
        """List what is to be trained together with a run, unless another has taken it along."""
        if self._is_trained(run):
            return ()
        if self.device == "cpu":
            return (self._named.run(run),)
        alike = (other for other in self._alike(run) if not self._is_trained(other))
        return tuple(map(self._named.run, alike))

    @cached_property
    def device(self) -> str:
        """The device that trains, as torch names it."""
        # Asked of another process: torch takes long to import, and must not be caught at it by an
        # interruption, which could then not end this one.
        [device] = self._do("device", find_device, self.options.device)
        return device

    def _is_trained(self, run: RunSettings) -> bool:
        return self.runs.find(self._named.run(run).key) is not None

    def _do(self, title: str, function: Callable[..., Entries], *arguments: object) -> Entries:
        return self.workers.do(Job(title, function, arguments))

    @staticmethod
    def _put(store: Store, entries: Entries) -> None:
        for key, files in entries.items():
            store.put(key, files)

    @property
    def _named(self) -> Identities:
        # One for each data set, of which a build has one, or a new one once it has found it.
        data = self._dataset_facts["digest"]
        return self._identities.setdefault(data, Identities(self.settings, data))

    def _classifying(self, seed: int, data: Item) -> Item:
        settings = self.settings.judges[seed]
        title = self._of_judge("classifier", seed)

        def parts() -> Parts:
            spec = self._named.judges[seed]
            return {"settings": settings.model_dump_json(), "data": spec.data, "code": spec.code}

        def make() -> None:
            arguments = self._named.judges[seed], self.place, self.device
            self._put(self.runs, self.trainers.do(Job(f"train {title}", train_judge, arguments)))

        return Item(
            "train",
            title,
            parts,
            lambda: self.runs.find(self._named.judges[seed].key) is not None,
            make,
            [data],
            length=settings.epochs,
            work=lambda: self._work(settings),
            content_named=True,
        )

    def _of_judge(self, what: str, seed: int) -> str:
        """Say whose the classifier or its baselines are, where there are several."""
        return f"{what} seed {seed}" if len(self.settings.judges) > 1 else what

    def _judge(self, seed: int) -> JudgePlace:
        weights = self.runs.root / self._named.judges[seed].key / "weights.safetensors"
        return JudgePlace(self.settings.judges[seed], weights, self.place, self.device)

    def _baselines(self, seed: int, after: Sequence[Item]) -> Item:
        title = self._of_judge("baselines", seed)

        def make() -> None:
            generated, latents = self.settings.measurements.generated, self._named.latents
            arguments = self._named.baselines[seed], self._judge(seed), generated, latents
            found = self._do(f"measure {title}", measure_baselines, *arguments)
            self._put(self.measurements, found)

        return Item(
            "measure",
            title,
            lambda: {"judge and code": self._named.baselines[seed]},
            lambda: self.measurements.find(self._named.baselines[seed]) is not None,
            make,
            after,
            work=lambda: 7 * self._share_of_usual_data,
            content_named=True,
        )

    @property
    def _share_of_usual_data(self) -> float:
        return self.settings.data.test_images / 10_000

    def _work_of_measuring(self, run: RunSettings) -> float:
        """Estimate the seconds as `vae_report.training.runs.work` does those of training."""
        measurements = self.settings.measurements
        seconds = 1.1 + 0.02 * min(run.latent, 16) + 1.2e-4 * measurements.generated
        known = self._named.arguments(run)
        seconds += 1.5 * bool(known["headline"])
        if known["first"]:
            seconds += 2 + 0.065 * measurements.importance_samples
        return 0.3 + seconds * self._share_of_usual_data

    def _measuring(self, name: str, run: RunSettings, after: Sequence[Item]) -> Item:
        def missing() -> dict[str, str]:
            return {
                measurement: key
                for measurement, key in self._named.measurements[run].items()
                if self.measurements.find(key) is None
            }

        def make() -> None:
            judge, others = self._judge(run.seed), self._named.arguments(run)
            arguments = run, self._run_folder(run), judge, others
            found = self._do(f"measure {name}", measure_run, missing(), *arguments)
            self._put(self.measurements, found)

        return Item(
            "measure",
            name,
            lambda: self._named.measurements[run],
            lambda: not missing(),
            make,
            after,
            length=len(found("measurement", "measurements")),
            work=lambda: self._work_of_measuring(run),
            content_named=True,
        )

    def _run_folder(self, run: RunSettings) -> Path:
        return self.runs.root / self._named.run(run).key

    @property
    def _results(self) -> ResultFolders:
        named, runs, measurements = self._named, self.runs.root, self.measurements.root
        return ResultFolders(
            self.settings.data.classes,
            tuple(
                (
                    name,
                    tuple(
                        (
                            run,
                            runs / named.run(run).key,
                            tuple(measurements / key for key in named.measurements[run].values()),
                        )
                        for run in self.settings.replicates(name)
                    ),
                )
                for name in self.settings.runs
            ),
            self.settings.headline,
            tuple(self.settings.sweeps.items()),
            tuple(
                (seed, runs / judge.key, measurements / named.baselines[seed])
                for seed, judge in named.judges.items()
            ),
        )

    def _results_parts(self, functions: tuple[Name, ...], libraries: tuple[str, ...] = ()) -> Parts:
        named = self._named
        keys = {
            name: [named.measurements[run] for run in self.settings.replicates(name)]
            for name in self.settings.runs
        }
        groups = self.settings.headline, self.settings.sweeps, self.settings.data.classes
        return {
            "code": fingerprint((*functions, _READING), (*_READING_WITH, *libraries)),
            "measurements": digest([keys, named.baselines]),
            "names": digest(groups),
        }

    def _figure(self, name: str, function: Name, measuring: Sequence[Item]) -> Item:
        folder = self.assets / "figures"
        entry = folder / f"{name}.json"

        def present() -> bool:
            try:
                drawn = json.loads(entry.read_bytes())
            except (OSError, ValueError):
                return False
            files = [drawn.get(part) for part in ("light", "dark", "data")]
            return all((folder / file).exists() for file in files if file)

        def parts() -> Parts:
            drawing = fingerprint((Name("vae_report.figures", "draw"),), ("matplotlib", "pillow"))
            return {**self._results_parts((function,)), "drawing": drawing}

        def make() -> None:
            drawn = self._do(f"figure {name}", draw_figure, name, self._results, folder)
            write_text(entry, drawn[name]["entry.json"].decode())

        return Item("figure", name, parts, present, make, measuring, work=lambda: 1.0)

    def _card(self, measuring: Sequence[Item]) -> Item:
        pages, entry = self.options.root / "mkdocs.yml", self.assets / "card.json"

        def parts() -> Parts:
            drawing = Name("vae_report.figures.card", "draw"), *found("card", "figures").values()
            results = self._results_parts(drawing, ("matplotlib", "pillow"))
            return {**results, "title": hashlib.sha256(pages.read_bytes()).hexdigest()}

        def make() -> None:
            drawn = self._do("card", draw_card, pages, self._results, self.assets)
            write_text(entry, drawn["card"]["entry.json"].decode())

        return Item("card", "", parts, entry.exists, make, measuring)

    def _walkthrough(self, training: Sequence[Item]) -> Item:
        source = self.options.root / "docs" / "walkthrough.py"
        target = self.assets / "walkthrough.ipynb"

        def parts() -> Parts:
            return {
                "notebook": hashlib.sha256(source.read_bytes()).hexdigest(),
                "code": fingerprint((*CODE.imported_by(source), _EXECUTING), ("torch",)),
                "runs": digest([self._named.run(run).key for run in self._named.headline]),
            }

        def make() -> None:
            where = self.options.root, self.options.data
            self._do("walkthrough", execute_walkthrough, source, target, *where)

        return Item("walkthrough", "", parts, target.exists, make, training, work=lambda: 4.0)

    @property
    def _explored(self) -> list[tuple[str, RunSettings]]:
        """The runs that the explorer shows; none where there is no explorer."""
        explorer = self.settings.explorer
        names = self.settings.sweeps[explorer.sweep] if explorer else ()
        return [(name, self.settings.runs[name]) for name in names]

    def _explorer(self, training: Sequence[Item]) -> Item:
        settings = self.settings.explorer
        folder = self.assets / "explorer"

        def parts() -> Parts:
            runs = [(name, self._named.run(run).key) for name, run in self._explored]
            writing = Name("vae_report.explorer.export", "write_explorer")
            return {
                "settings": settings.model_dump_json() if settings else "",
                "runs": digest(runs),
                "classes": digest(self.settings.data.classes),
                "code": fingerprint((writing,), ("numpy", "torch")),
            }

        def make() -> None:
            if settings is None:
                shutil.rmtree(folder, ignore_errors=True)
                return
            runs = [(name, run, self._run_folder(run)) for name, run in self._explored]
            self._do("explorer", export_explorer, settings, runs, self.place, folder)

        def present() -> bool:
            return is_whole(folder) if settings else not folder.exists()

        return Item("explorer", "", parts, present, make, training, work=lambda: 3.0)

    @cached_property
    def _no_browser(self) -> str | None:
        """Say why no paper can be printed, if so."""
        try:
            find_chromium()
        except ReportError as reason:
            return str(reason)
        return None

    @property
    def _paper(self) -> Path:
        return self.cache / "report.pdf"

    @property
    def _published_paper(self) -> Path:
        return self.options.root / "site" / "report.pdf"

    def _publish_paper(self) -> None:
        write_bytes(self._published_paper, self._paper.read_bytes())

    def _printing(self, site: Item) -> Item:
        def parts() -> Parts:
            pages = {
                str(path): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted(self._published_paper.parent.rglob("*"))
                if path.is_file() and path != self._published_paper
            }
            printing = fingerprint(
                (Name("vae_report.site.paper", "print_report"),), ("playwright",)
            )
            return {"pages": digest(pages), "printing": printing}

        def make() -> None:
            root = self.options.root
            self._do("paper", print_paper, root / "site", source_date(root), self._paper)
            self._publish_paper()

        printed = self._paper.exists
        return Item("paper", "", parts, printed, make, [site], work=lambda: 6.0)

    def _make_site(self) -> None:
        root = self.options.root
        if self._no_browser:
            self.console.print(
                f"No site/report.pdf: {self._no_browser}",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )
        done = subprocess.run(
            # Not --quiet, under which warnings are not counted, nor then is anything strict.
            [sys.executable, "-m", "mkdocs", "build", "--strict"],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                "SOURCE_DATE_EPOCH": str(source_date(root)),
                "NO_MKDOCS_2_WARNING": "1",
                **({} if self._no_browser else {"REPORT_PDF": self._published_paper.name}),
                **os.environ,
            },
            check=False,
        )
        if done.returncode:
            said = [line for line in done.stdout.splitlines() if line and line[:4] != "INFO"]
            print(*said, sep="\n", file=sys.stderr)
            raise ReportError("The pages could not be built: see above.")
        if self._paper.exists() and not self._no_browser:
            self._publish_paper()
