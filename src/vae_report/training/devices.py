"""The processor that trains, and its description."""

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
        ReportError: No machine has such a device.
    """
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name):
        raise ReportError(
            f"--device {name}: no such device; choose auto, cpu, cuda, cuda:N or mps."
        )


def choose_device(name: str) -> str:
    """Return the device to train on, as torch names it.

    Args:
        name: Either one of torch's names, or `auto` for the fastest here (CUDA, Apple MPS, CPU).

    Raises:
        ReportError: There is no such device on this machine.
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
"""Variables that keep torch, MKL or oneDNN from using some instructions of the CPU."""


def describe_processor(device: str) -> dict[str, str]:
    """Describe the processor that a device of this machine computes on.

    Sums of floating-point numbers differ between processors, and between vector instructions on
    one processor, so a report names both.

    Args:
        device: The device, as torch names it.

    Returns:
        The model as `processor`, and as `instructions` the vector instructions that torch uses on
        a CPU with the variables that limit them, the compute capability of a CUDA device, or the
        name of another interface.
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
