"""Records of measurements: how they are declared, and how they are read once written."""

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Annotated, Any, Literal, TypeVar, dataclass_transform, get_type_hints

import pydantic
from pydantic import ConfigDict

from vae_report.errors import ReportError

Interval = tuple[float, float]
"""The ends of a 95 % interval."""

_Class = TypeVar("_Class")


@dataclass_transform(kw_only_default=True, frozen_default=True)
def record(fields: type[_Class]) -> Any:  # noqa: ANN401  # the class, as `dataclass_transform` says
    """Make a class of annotated names a record of finite numbers.

    Pages show the numbers that have a `Scalar` in their annotation, and `docs/metrics.md` explains
    each. A field `x_interval` is the interval of `x`, or else of the field whose name begins with
    `x_`; if it is none, several seeds give it an interval that covers only seeds.
    """
    config = ConfigDict(extra="forbid", allow_inf_nan=False)
    return pydantic.dataclasses.dataclass(fields, config=config, frozen=True, kw_only=True)


@dataclass(frozen=True)
class Scalar:
    """How pages show a number.

    Attributes:
        heading: The heading of its column.
        digits: The number of decimals; none for a number that shows those it was given.
        best: The value that is best; none where no value is better than another.
        unit: The unit, which is not written beside each number.
        alike: The settings that runs must share to be comparable, and what pages call them.
        word: The form of a value that is no number: written as it is, or as the count of a list.
    """

    heading: str
    digits: int | None = 0
    best: Literal["lowest", "highest"] | float | None = None
    unit: str = ""
    alike: Mapping[str, str] = field(default_factory=dict)
    word: Literal["plain", "count"] | None = None


Columns = dict[str, dict[str, Any]]
"""The scalars of a record by their names, as `metrics.json` holds them."""


def columns(fields: type) -> Columns:
    """List the scalars of a record; a dictionary has none."""
    hints = get_type_hints(fields, include_extras=True) if is_dataclass(fields) else {}
    return {
        name: asdict(scalar)
        for name, hint in hints.items()
        for scalar in getattr(hint, "__metadata__", ())
        if isinstance(scalar, Scalar)
    }


@record
class Training:
    """The settings of a run and what its training took; measurements add their own records.

    Attributes:
        kind: The model's name in `report.toml`.
        label: Its name in tables and figures.
        variational: Whether the code is a distribution, which makes the model a VAE.
        latent: The number of dimensions of the latent space.
        likelihood: The likelihood of a pixel.
        beta: The weight of the KL term; none for an autoencoder.
        learning_rate: The peak of the schedule.
        seeds: The seeds over which the values are means. A seed determines weights, order of
            images, noise, and the classifier that judges the run.
        parameters: The number of weights.
        epochs: The number of epochs that were trained, fewer than asked for if the run diverged.
        seconds: The time that training took.
        diverged: Whether the loss stopped being finite with any of the seeds, in which case
            nothing is measured.
    """

    kind: str
    label: Annotated[str, Scalar("Model", word="plain")]
    variational: bool
    latent: Annotated[int, Scalar("Latent size")]
    likelihood: Annotated[str, Scalar("Likelihood", word="plain")]
    beta: Annotated[float | None, Scalar("β", digits=None)]
    learning_rate: Annotated[float, Scalar("Learning rate", digits=None)]
    seeds: Annotated[tuple[int, ...], Scalar("Seeds", word="count")]
    parameters: Annotated[int, Scalar("Parameters")]
    epochs: Annotated[float, Scalar("Epochs")]
    seconds: Annotated[float, Scalar("Seconds", 1)]
    diverged: bool


class Values(dict[str, Any]):
    """Named values as they were measured, nested: `run.metrics.test.bce`, or by key.

    A value that was measured only for other runs is none.
    """

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever a record holds
        """Return a value.

        Raises:
            ReportError: There is none of that name; the message names the line that asks for it.
        """
        if name.startswith("__"):  # Python's own questions
            raise AttributeError(name)
        if name not in self:
            asking = sys._getframe(1)
            raise ReportError(
                f"{asking.f_code.co_filename}:{asking.f_lineno}: nothing called '{name}' is "
                f"measured there; name one of {', '.join(self)}."
            )
        return self[name]
