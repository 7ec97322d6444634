"""`report.toml` as typed, validated settings.

Nothing here knows how a run is trained; a setting that the table does not name does not exist.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from vae_report.errors import ReportError

SIDE = 28
PIXELS = SIDE * SIDE
"""Of every image of every data set."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


def _ascending(values: tuple[int, ...]) -> tuple[int, ...]:
    if list(values) != sorted(set(values)):
        raise ValueError("the values must ascend without repetition")
    return values


class _Settings(BaseModel):
    """Immutable, and strict: neither unknown keys nor values of another type pass.

    Only the arrays of TOML, which arrive as lists, may become tuples.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_Tuple = Field(strict=False, min_length=1)


class Sources(_Settings):
    """Where the data set may be found, besides the data folder."""

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
    """Which data set, how many images it holds, and how it is divided."""

    name: Annotated[str, Field(min_length=1)]
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
        model: a name that `vae_report.models.MODELS` knows.
        latent: dimensions of the latent space.
        hidden: widths of the encoder's hidden layers, from the image inwards.
        beta: weight of the KL term; an autoencoder has none and ignores it.
        epochs: passes over the training images.
        batch_size: images a step.
        learning_rate: the peak of the schedule.
        warmup: fraction of the steps in which the rate rises to its peak.
        final_rate: the fraction of the peak at which the schedule ends.
        seed: of weights, order of images, and noise.
        snapshots: epochs, counted from 1, whose reconstructions and samples are kept;
            the last epoch is kept in any case.
    """

    model: str
    latent: Annotated[int, Field(ge=1)]
    hidden: Annotated[tuple[Annotated[int, Field(ge=1)], ...], _Tuple]
    beta: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    epochs: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    warmup: Annotated[float, Field(ge=0, lt=1)]
    final_rate: Annotated[float, Field(gt=0, le=1)]
    seed: Seed
    snapshots: Annotated[
        tuple[Annotated[int, Field(ge=1)], ...], Field(strict=False), AfterValidator(_ascending)
    ]


class Settings(_Settings):
    """The whole of `report.toml`, as one profile sees it.

    Attributes:
        profile: the name of the profile in force.
        data: the data set.
        runs: the settings of each run by its name, in the order of the file.
    """

    profile: str
    data: DataSettings
    runs: dict[str, RunSettings]


class _File(_Settings):
    """The tables of the file before profile and shared training settings enter the runs."""

    data: DataSettings
    training: dict[str, Any]
    profiles: dict[Name, dict[str, Any]]
    runs: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]


def load_settings(path: Path, profile: str = "full") -> Settings:
    """Read and validate a report's settings.

    Args:
        path: of the TOML file.
        profile: a table of `[profiles]`; its keys override those of every run.

    Raises:
        ReportError: the file cannot be read, is no TOML, or holds a setting that is unknown, of
            the wrong type, or out of range; or it has no such profile.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReportError(
            f"{path}: cannot be read ({error.strerror}); run from the repository's root."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReportError(f"{path}: not valid TOML: {error}; correct that line.") from error

    file = _validate(_File, path, "", {"": tables})
    if profile not in file.profiles:
        raise ReportError(
            f"{path}: no profile '{profile}'; choose one of {', '.join(file.profiles)}."
        )
    # All profiles are resolved, so that a mistake in one shows before somebody asks for it.
    runs = {
        each: {
            name: _validate(
                RunSettings,
                path,
                f"runs.{name}",
                {
                    "training": file.training,
                    f"runs.{name}": table,
                    f"profiles.{each}": overrides,
                },
            )
            for name, table in file.runs.items()
        }
        for each, overrides in file.profiles.items()
    }
    return Settings(profile=profile, data=file.data, runs=runs[profile])


_Model = TypeVar("_Model", bound=_Settings)


def _validate(
    model: type[_Model], path: Path, owner: str, tables: dict[str, dict[str, Any]]
) -> _Model:
    """Validate tables as one, the later over the earlier.

    Args:
        model: of the settings.
        path: of the file.
        owner: the table that should hold what is in none.
        tables: by their names in the file.
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
