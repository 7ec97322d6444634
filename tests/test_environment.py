import os

import pytest

from vae_report.environment import VARIABLES, forget_empty


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    """Let every variable be put back as it was."""
    for name in (*VARIABLES, "CUDA_VISIBLE_DEVICES"):
        monkeypatch.setenv(name, "")


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_that_is_empty_is_unset(name):
    forget_empty()
    assert name not in os.environ


def test_a_variable_that_says_something_is_kept(monkeypatch):
    monkeypatch.setenv("PROFILE", "quick")
    forget_empty()
    assert os.environ["PROFILE"] == "quick"


def test_what_others_read_is_left_to_them():
    """Empty, it hides all GPUs; unset, it hides none."""
    forget_empty()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""
