"""Which processor trains, and what it is."""

import os
import platform
import re
import subprocess
from contextlib import suppress
from pathlib import Path

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


_LIMITS = ("ATEN_CPU_CAPABILITY", "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA")
"""Variables by which a user keeps torch, MKL or oneDNN from instructions that the CPU has."""


def describe_processor(device: str) -> dict[str, str]:
    """Describe the processor that a device of this machine computes on.

    Sums of floating-point numbers come out differently on another processor, and with other vector
    instructions on the same one, so a report says which these were.

    Args:
        device: as torch names it.

    Returns:
        `processor`, its model, and `instructions`: of a CPU the vector instructions that torch
        uses and the variables that limit them, of a CUDA device its compute capability, of another
        the name of its interface.
    """
    import torch

    kind = torch.device(device).type
    if kind == "cuda":
        properties = torch.cuda.get_device_properties(device)
        instructions = f"compute capability {properties.major}.{properties.minor}"
        return {"processor": properties.name, "instructions": instructions}
    if kind != "cpu":
        return {"processor": _cpu_model(), "instructions": kind}
    limits = [f"{name}={os.environ[name]}" for name in _LIMITS if os.environ.get(name)]
    instructions = torch.backends.cpu.get_cpu_capability()
    return {
        "processor": _cpu_model(),
        "instructions": f"{instructions} ({', '.join(limits)})" if limits else instructions,
    }


def _cpu_model() -> str:
    """Name the model of the CPU as its maker does, else its architecture."""
    found = ""
    if platform.system() == "Linux":
        found = _linux_model()
    elif platform.system() == "Darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        with suppress(OSError, subprocess.CalledProcessError):
            found = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    found = found or platform.processor() or platform.machine() or "unknown processor"
    return " ".join(found.split())


def _linux_model() -> str:
    """Read the model from the kernel, which names none of most ARM processors."""
    try:
        known = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    model = re.search(r"^model name\s*:[ \t]*(.*)$", known, flags=re.MULTILINE)
    return model.group(1) if model else ""
