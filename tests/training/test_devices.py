"""What is said of the processor that trains."""

import json
import os
import subprocess
import sys

import pytest
import torch

from vae_report.training import devices
from vae_report.training.devices import describe_processor

ASK = (
    "import json; from vae_report.training.devices import describe_processor;"
    "print(json.dumps(describe_processor('cpu')))"
)


def described(**variables):
    """What a new process says: torch reads the variables when it begins."""
    mine = {name: value for name, value in os.environ.items() if name not in devices._LIMITS}
    asked = subprocess.run(
        [sys.executable, "-c", ASK], env=mine | variables, capture_output=True, check=True
    )
    return json.loads(asked.stdout)


def test_the_cpu_is_named_with_the_instructions_that_torch_uses():
    found = described()
    assert found["processor"] == devices._cpu_model() != ""
    assert found["processor"] == " ".join(found["processor"].split())
    assert found["instructions"].isprintable()
    assert "(" not in found["instructions"], "nothing limits them"


def test_limits_that_the_user_set_are_named():
    found = described(ATEN_CPU_CAPABILITY="default", MKL_ENABLE_INSTRUCTIONS="AVX2")
    limits = "ATEN_CPU_CAPABILITY=default, MKL_ENABLE_INSTRUCTIONS=AVX2"
    assert found["instructions"] == f"DEFAULT ({limits})"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_gpu_goes_by_its_own_name():
    found = describe_processor("cuda")
    assert found["processor"] == torch.cuda.get_device_name()
    assert found["instructions"].startswith("compute capability ")


@pytest.mark.parametrize(
    ("known", "model"),
    [
        ("processor\t: 0\nmodel name\t: A  B 9000 \nmodel name\t: other\n", "A B 9000"),
        ("processor\t: 0\nFeatures\t: fp asimd\n", "armv9"),
        ("processor\t: 0\nmodel name\t:\nFeatures\t: fp\n", "armv9"),
    ],
)
def test_a_cpu_of_which_the_kernel_knows_no_model_goes_by_its_architecture(
    monkeypatch, tmp_path, known, model
):
    (tmp_path / "cpuinfo").write_text(known)
    monkeypatch.setattr(devices, "Path", lambda _: tmp_path / "cpuinfo")
    monkeypatch.setattr(devices.platform, "system", lambda: "Linux")
    monkeypatch.setattr(devices.platform, "processor", lambda: "")
    monkeypatch.setattr(devices.platform, "machine", lambda: "armv9")
    assert devices._cpu_model() == model
