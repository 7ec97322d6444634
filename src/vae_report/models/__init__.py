"""The models, their likelihoods and the terms of their loss."""

from collections.abc import Callable
from typing import TypeVar

from vae_report.engine.fingerprint import Name
from vae_report.errors import ReportError
from vae_report.registry import found

_Class = TypeVar("_Class", bound=type)


def model(name: str, label: str | None = None) -> Callable[[_Class], _Class]:
    """Make a class known by the name that `report.toml` gives it: `vae_report.registry` finds it.

    `vae_report.models.autoencoders` says what such a class must do.

    Args:
        name: The name, in quotation marks where the decorator stands.
        label: The words for it in tables and figures, by default the name in capitals. Runs keep
            them, so other words train those anew.
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
