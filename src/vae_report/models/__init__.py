"""The models, their likelihoods and the terms of their loss."""

from collections.abc import Callable
from typing import TypeVar

from vae_report.engine.fingerprint import Name
from vae_report.errors import ReportError
from vae_report.registry import found

_Class = TypeVar("_Class", bound=type)


def model(name: str, label: str | None = None) -> Callable[[_Class], _Class]:
    """Make a class a model: `vae_report.registry` finds it by the name used in `report.toml`.

    `vae_report.models.autoencoders` says what such a class must do.

    Args:
        name: The name, as a string literal at the decorator.
        label: The words for it in tables and figures, by default the name in capitals. Runs store
            them, so a changed label trains the runs again.
    """

    def labelled(made: _Class) -> _Class:
        made.label = label or name.upper()  # type: ignore[attr-defined]
        return made

    return labelled


def model_named(name: str) -> Name:
    """Find the class of a model without importing it.

    Raises:
        ReportError: There is no model of that name.
    """
    models = found("model", "models")
    if name not in models:
        raise ReportError(
            f"report.toml: no model '{name}'; choose one of {', '.join(sorted(models))}, or add it "
            "as a class under @model in src/report/models."
        )
    return models[name]
