"""Which processor trains."""

import re

from vae_report.errors import ReportError


def check_device(name: str) -> None:
    """Refuse a name that no machine's device has, without asking torch.

    Raises:
        ReportError: it is none.
    """
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name):
        raise ReportError(
            f"--device {name}: no such device; choose auto, cpu, cuda, cuda:N or mps."
        )


def choose_device(name: str) -> str:
    """Return the device to train on, as torch names it.

    Args:
        name: `auto` for the fastest that is here (CUDA, Apple MPS, CPU), or one of torch's names.

    Raises:
        ReportError: torch knows no such device, or this machine has none.
    """
    import torch

    available = ["cpu"]
    if torch.backends.mps.is_available():
        available.insert(0, "mps")
    if torch.cuda.is_available():
        numbered = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
        available = ["cuda", *numbered, *available]
    if name == "auto":
        return available[0]
    if name not in available:
        raise ReportError(
            f"--device {name}: no such device on this machine; "
            f"choose auto or one of {', '.join(available)}."
        )
    return name
