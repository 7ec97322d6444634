"""`report.toml` as typed, validated settings.

Nothing here knows how a run is trained; a setting that the table does not name does not exist.
"""

import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from vae_report.errors import ReportError, one_of

Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Words = Annotated[str, Field(min_length=1)]


def _ascending(values: tuple[int, ...]) -> tuple[int, ...]:
    if list(values) != sorted(set(values)):
        raise ValueError("the values must ascend without repetition")
    return values


def _pairs(options: object) -> object:
    """Turn a table of options into pairs by name, which cannot change."""
    if isinstance(options, tuple):
        return options
    table = options if isinstance(options, dict) else {"": {}}
    pairs = {key: tuple(each) if isinstance(each, list) else each for key, each in table.items()}
    for value in pairs.values():
        for each in value if isinstance(value, tuple) else (value,):
            if not isinstance(each, bool | int | float | str):
                raise ValueError("a table of numbers, texts, true or false, and lists is needed")
    return tuple(sorted(pairs.items()))


class _Settings(BaseModel):
    """Immutable, and strict: neither unknown keys nor values of another type pass.

    Only the arrays of TOML, which arrive as lists, may become tuples.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_Tuple = Field(strict=False, min_length=1)


class Accent(_Settings):
    """The colour of links and of chosen items, on a light and on a dark background."""

    light: Colour
    dark: Colour


class ReportSettings(_Settings):
    """The identity of the report, which pages, card, PDF and every form of citation share.

    Attributes:
        title: The title.
        authors: The authors' names as readers see them.
        description: One or two sentences for whoever finds the report by a search.
        repository: The address of the source, as a browser opens it.
        licence: The licence of the report, best as its SPDX identifier, such as "CC-BY-4.0".
        version: The version of the report.
        accent: The colours of links, in place of the style sheet's.
    """

    title: Words
    authors: Annotated[tuple[Words, ...], _Tuple]
    description: Words
    repository: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    licence: Words | None = None
    version: Words | None = None
    accent: Accent | None = None


class Sources(_Settings):
    """The places where the data set may be found, besides the data folder."""

    system: Path | None = Field(default=None, strict=False)
    downloads: Annotated[tuple[str, ...], Field(strict=False)] = ()
    debian_package: str | None = None


class Digests(_Settings):
    """SHA-256 of the four decompressed IDX files, and of the whole set in canonical order."""

    train_images: Digest
    train_labels: Digest
    test_images: Digest
    test_labels: Digest
    canonical: Digest | None = None


class DataSettings(_Settings):
    """The data set, its numbers of images, and its division."""

    name: Words
    classes: Annotated[tuple[str, ...], _Tuple]
    train_images: Annotated[int, Field(ge=2)]
    test_images: Annotated[int, Field(ge=1)]
    validation_fraction: Fraction
    split_seed: Seed
    sources: Sources = Sources()
    sha256: Digests | None = None


class RunSettings(_Settings):
    """All that a user decides about one run.

    Attributes:
        model: The name of a class under `vae_report.models.model`.
        latent: The number of latent dimensions.
        hidden: The widths of the encoder's hidden layers, from the image inwards.
        likelihood: The distribution of a pixel given its logit.
        beta: The weight of the KL term; an autoencoder has none and ignores it.
        kl_warmup: The fraction of the steps in which that weight rises from 0 to its value.
        epochs: The number of passes over the training images.
        batch_size: The number of images in a step.
        learning_rate: The peak of the learning rate.
        warmup: The fraction of the steps in which the rate rises to its peak.
        final_rate: The fraction of the peak at which the learning rate ends.
        seed: The seed of weights, order of images, and noise.
        snapshots: The epochs, counted from 1, whose reconstructions and samples are kept;
            the last epoch is kept in any case.
        options: Other arguments of the model's class, as pairs of a name and a value.
    """

    model: str
    latent: Annotated[int, Field(ge=1)]
    hidden: Annotated[tuple[Annotated[int, Field(ge=1)], ...], _Tuple]
    likelihood: Literal["bernoulli", "continuous-bernoulli"]
    beta: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    kl_warmup: Annotated[float, Field(ge=0, le=1)]
    epochs: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    warmup: Annotated[float, Field(ge=0, lt=1)]
    final_rate: Annotated[float, Field(gt=0, le=1)]
    seed: Seed
    snapshots: Annotated[
        tuple[Annotated[int, Field(ge=1)], ...], Field(strict=False), AfterValidator(_ascending)
    ]
    # An empty table is left out, so that the field changes no name of a run without options.
    options: Annotated[tuple[tuple[str, Any], ...], BeforeValidator(_pairs)] = Field(
        default=(), exclude_if=lambda options: not options
    )

    @property
    def title(self) -> str:
        """The name by which people find the run in the store."""
        return f"{self.model}-{self.latent}"


class _SeededRun(RunSettings):
    """A table of runs that differ in their seed alone.

    Attributes:
        seeds: The number of seeds, which count up from `seed`.
    """

    seeds: Annotated[int, Field(ge=1, le=1000)] = 1


class _Classifier(_Settings):
    channels: Annotated[tuple[Annotated[int, Field(ge=1)], ...], _Tuple]
    features: Annotated[int, Field(ge=1)]
    epochs: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class ClassifierSettings(_Classifier):
    """The convolutional classifier in whose feature space samples are judged.

    Attributes:
        channels: The channels of its convolutions, each of which halves the image's side.
        features: The width of the layer that is the feature space.
        epochs: The number of passes over the training images.
        batch_size: The number of images in a step.
        learning_rate: The peak of the learning rate.
        seed: The seed of weights, order of images, and outliers.
    """

    seed: Seed

    @property
    def title(self) -> str:
        """The name by which people find the classifier in the store."""
        return "classifier"


class MeasurementSettings(_Settings):
    """The effort that is spent on measuring.

    Attributes:
        importance_samples: The number of draws for each image in the importance-weighted bound.
        generated: The number of samples of each model that are judged: two blocks of two or more.
    """

    importance_samples: Annotated[int, Field(ge=1)]
    generated: Annotated[int, Field(ge=4)]


class ExplorerSettings(_Settings):
    """The content of the latent explorer in the reader's browser.

    Attributes:
        sweep: The sweep whose runs it shows, no two of the same model and latent size.
        points_per_class: The number of validation images of a class that are points of the plane.
        images_per_class: The number of test images of a class to choose from.
    """

    sweep: Identifier
    points_per_class: Annotated[int, Field(ge=1)]
    images_per_class: Annotated[int, Field(ge=1)]


class SiteSettings(_Settings):
    """The form and the language of the pages.

    Attributes:
        pdf: Whether the report is printed as well, where there is a browser.
        language: The language of the pages, as in `en` or `pt-BR`.
        words: Words and forms of numbers in place of those of `vae_report/site/words.toml`.
    """

    pdf: bool = True
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z]+)*$")] = "en"
    words: dict[str, str] = {}


class Settings(_Settings):
    """The whole of `report.toml`, as one profile sees it.

    Attributes:
        profile: The name of the profile in force.
        whole: Whether the profile changes nothing that the other tables of the file say.
        report: The identity of the report, the same in every profile.
        data: The data set.
        classifier: The classifier that judges samples of runs with the first seed.
        measurements: The numbers of draws and samples to measure with.
        runs: The settings of each run by its name, with its first seed: those of `[runs]` in the
            order of the file, then those that only a sweep has.
        seeds: The number of seeds that each run is trained with.
        headline: The names of the runs of `[runs]`.
        sweeps: The names of each sweep's runs, which may be headline runs or another sweep's.
        explorer: The latent explorer, if the file asks for one and the profile keeps its sweep.
        site: The form of the pages.
    """

    profile: str
    whole: bool
    report: ReportSettings
    data: DataSettings
    classifier: ClassifierSettings
    measurements: MeasurementSettings
    runs: dict[str, RunSettings]
    seeds: dict[str, int]
    headline: tuple[str, ...]
    sweeps: dict[str, tuple[str, ...]]
    explorer: ExplorerSettings | None
    site: SiteSettings

    def replicates(self, name: str) -> tuple[RunSettings, ...]:
        """List the settings of a run with each of its seeds."""
        run = self.runs[name]
        return tuple(
            run.model_copy(update={"seed": run.seed + number}) for number in range(self.seeds[name])
        )

    @property
    def trained(self) -> dict[RunSettings, str]:
        """Everything that is trained except the judges, each run once, with its title."""
        titles: dict[RunSettings, str] = {}
        for name in self.runs:
            for replicate in self.replicates(name):
                title = f"{name} seed {replicate.seed}" if self.seeds[name] > 1 else name
                titles.setdefault(replicate, title)
        return titles

    @property
    def judges(self) -> dict[int, ClassifierSettings]:
        """The classifier with every seed that a run has; each judges the runs with its seed."""
        seeds = dict.fromkeys(run.seed for run in self.trained)
        return {seed: self.classifier.model_copy(update={"seed": seed}) for seed in seeds}


_Vary = Annotated[dict[str, Annotated[list[Any], Field(min_length=1)]], Field(min_length=1)]
_KeptPart = Annotated[
    _Vary | None, BeforeValidator(lambda value: None if value is False else value)
]


class _Sweep(_Settings):
    """A table of `[sweeps]`; keys besides these are settings that all its runs share."""

    model_config = ConfigDict(extra="allow")

    base: Identifier
    vary: _Vary


class _Profile(_Settings):
    """A table of `[profiles]`; keys besides these are settings of every run.

    Attributes:
        sweeps: The values that the profile varies in a sweep, or `false` (here: none) if it leaves
            the sweep out; sweeps that it does not name stay whole.
        classifier: Settings in place of those of `[classifier]`.
        measurements: Settings in place of those of `[measurements]`.
    """

    model_config = ConfigDict(extra="allow")

    sweeps: dict[Identifier, _KeptPart] = {}
    classifier: dict[str, Any] = {}
    measurements: dict[str, Any] = {}


class _File(_Settings):
    """The tables of the file before profile and shared training settings enter the runs."""

    report: ReportSettings
    data: DataSettings
    training: dict[str, Any]
    classifier: dict[str, Any]
    measurements: dict[str, Any]
    profiles: dict[Identifier, _Profile]
    runs: Annotated[dict[Identifier, dict[str, Any]], Field(min_length=1)]
    sweeps: dict[Identifier, _Sweep] = {}
    explorer: ExplorerSettings | None = None
    site: SiteSettings = SiteSettings()


def load_settings(path: Path, profile: str = "full") -> Settings:
    """Read and validate a report's settings under one profile.

    Args:
        path: The path of the TOML file.
        profile: The name of a table of `[profiles]`; its keys override those of every run.

    Raises:
        ReportError: As `load_profiles`, or the file has no such profile.
    """
    profiles = load_profiles(path)
    if profile not in profiles:
        raise ReportError(f"{path}: no profile '{profile}'; choose one of {', '.join(profiles)}.")
    return profiles[profile]


def load_profiles(path: Path) -> dict[str, Settings]:
    """Read and validate a report's settings under each of its profiles.

    Args:
        path: The path of the TOML file.

    Raises:
        ReportError: The file cannot be read, is no TOML, or holds a setting that is unknown, of
            the wrong type, or out of range.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ReportError(
            f"{path}: cannot be read ({error.strerror}); run from the repository's root."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReportError(f"{path}: not valid TOML: {error}; correct that line.") from error

    file = _validate(_File, path, "", {"": tables})
    if len(file.data.classes) < 2:
        raise ReportError(
            f"{path}: data.classes = {list(file.data.classes)}: measurements compare classes; "
            "correct it to name at least two."
        )
    # All profiles are resolved, so that a mistake in one shows before somebody asks for it.
    return {name: _resolve(path, file, name) for name in file.profiles}


def _resolve(path: Path, file: _File, name: str) -> Settings:
    """Give the settings of a file under one of its profiles."""
    profile = file.profiles[name]
    overrides = {f"profiles.{name}": profile.model_extra or {}}

    def seeded(owner: str, tables: dict[str, dict[str, Any]]) -> tuple[RunSettings, int]:
        run = _validate(_SeededRun, path, owner, {"training": file.training, **tables})
        return RunSettings(**run.model_dump(exclude={"seeds"})), run.seeds

    runs: dict[str, RunSettings] = {}
    seeds: dict[str, int] = {}
    for run, own in file.runs.items():
        runs[run], seeds[run] = seeded(f"runs.{run}", {f"runs.{run}": own, **overrides})
    # A run under two names is trained once, and keeps the first of them.
    known = {settings: run for run, settings in reversed(runs.items())}
    headline = tuple(runs)
    sweeps = {}
    kept = _kept(path, file, name)
    for sweep, vary in kept.items():
        table = file.sweeps[sweep]
        if table.base not in file.runs:
            raise ReportError(
                f"{path}: sweeps.{sweep}.base = '{table.base}': no such run; choose one of "
                f"{', '.join(file.runs)}."
            )
        tables = {
            f"runs.{table.base}": file.runs[table.base],
            f"sweeps.{sweep}": table.model_extra or {},
            **overrides,
        }
        members = []
        for values in _products(vary):
            settings, count = seeded(f"sweeps.{sweep}", {**tables, f"sweeps.{sweep}.vary": values})
            run = known.setdefault(settings, "-".join([sweep, *map(_label, values.values())]))
            if runs.setdefault(run, settings) != settings or run in members:
                raise ReportError(
                    f"{path}: sweeps.{sweep}: two runs would be called '{run}'; rename the sweep "
                    "or drop the repeated value."
                )
            members.append(run)
            seeds[run] = max(count, seeds.get(run, 1))
        sweeps[sweep] = tuple(members)
    classifier = _validate(
        _Classifier,
        path,
        "classifier",
        {"classifier": file.classifier, f"profiles.{name}.classifier": profile.classifier},
    )
    return Settings(
        profile=name,
        whole=not (profile.model_extra or profile.classifier or profile.measurements)
        and kept == {sweep: table.vary for sweep, table in file.sweeps.items()},
        report=file.report,
        data=file.data,
        classifier=ClassifierSettings(**classifier.model_dump(), seed=runs[headline[0]].seed),
        measurements=_validate(
            MeasurementSettings,
            path,
            "measurements",
            {
                "measurements": file.measurements,
                f"profiles.{name}.measurements": profile.measurements,
            },
        ),
        runs=runs,
        seeds=seeds,
        headline=headline,
        sweeps=sweeps,
        explorer=_explorer(path, file, runs, sweeps),
        site=file.site,
    )


def _explorer(
    path: Path, file: _File, runs: dict[str, RunSettings], sweeps: dict[str, tuple[str, ...]]
) -> ExplorerSettings | None:
    """Check the settings of the explorer; none if the profile leaves its sweep out."""
    explorer = file.explorer
    if explorer is None:
        return None
    if explorer.sweep not in file.sweeps:
        raise ReportError(
            f"{path}: explorer.sweep = '{explorer.sweep}': no such sweep; choose one of "
            f"{', '.join(file.sweeps)}, or leave [explorer] out."
        )
    shown = [runs[run] for run in sweeps.get(explorer.sweep, ())]
    if len({run.title for run in shown}) < len(shown) or any(run.latent < 2 for run in shown):
        raise ReportError(
            f"{path}: explorer.sweep = '{explorer.sweep}': the explorer shows planes of latent "
            "spaces, one of each model and latent size; name a sweep that has no two runs of the "
            "same, and none of one dimension."
        )
    return explorer if shown else None


def _kept(path: Path, file: _File, name: str) -> dict[str, dict[str, list[Any]]]:
    """List the values that a profile varies in each of the sweeps that it keeps."""
    parts = file.profiles[name].sweeps
    for sweep, vary in parts.items():
        if sweep not in file.sweeps:
            raise ReportError(
                f"{path}: profiles.{name}.sweeps.{sweep}: no such sweep; correct "
                f"it: {one_of(sweep, file.sweeps)}."
            )
        if vary and vary.keys() != file.sweeps[sweep].vary.keys():
            raise ReportError(
                f"{path}: profiles.{name}.sweeps.{sweep}: the sweep varies "
                f"{', '.join(file.sweeps[sweep].vary)}; correct it to values for each of them "
                "and nothing else, or to false, which leaves the sweep out."
            )
    return {
        sweep: vary
        for sweep, table in file.sweeps.items()
        if (vary := parts.get(sweep, table.vary)) is not None
    }


def _products(vary: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(vary, values, strict=True)) for values in product(*vary.values()))


def _label(value: object) -> str:
    """Write a value as part of a run's name."""
    if isinstance(value, list):
        return "-".join(map(_label, value))
    if isinstance(value, dict):
        return "-".join(map(_label, value.values()))
    return f"{value:g}" if isinstance(value, float) else str(value)


_Model = TypeVar("_Model", bound=_Settings)


def _validate(
    model: type[_Model], path: Path, owner: str, tables: dict[str, dict[str, Any]]
) -> _Model:
    """Validate tables as one, the later over the earlier.

    Args:
        model: The class of the settings.
        path: The path of the file.
        owner: The table to name in an error about a key that no table holds.
        tables: The tables by their names in the file.
    """
    merged = {key: value for table in tables.values() for key, value in table.items()}
    try:
        return model.model_validate(merged)
    except ValidationError as error:
        # A misspelt key is both missing and unknown; only the latter tells.
        first = min(error.errors(), key=lambda each: each["type"] == "missing")
        keys = [str(part) for part in first["loc"]]
        holder = next((name for name in reversed(tables) if keys[0] in tables[name]), owner)
        where = ".".join(filter(None, [holder, *keys]))
        if first["type"] == "extra_forbidden":
            problem = f"unknown key '{where}'"
        elif first["type"] == "missing":
            problem = f"'{where}' is missing"
        elif first["type"] == "value_error":
            problem = f"{where}: {first['ctx']['error']}"
        else:
            problem = f"{where} = {first['input']!r}: {first['msg']}"
        raise ReportError(f"{path}: {problem}; correct it and run again.") from error
