"""The command line: what it says, how it ends, and what an interruption leaves."""

import os
import signal
import subprocess
import sys

import pytest

from small_report import REPORT, start_build, train_and_measure

PATIENCE = 120


def finished(build):
    """Wait for a build and for all that it started, which share its output: nobody is left."""
    output, complaint = build.communicate(timeout=PATIENCE)
    return build.returncode, output, complaint


def test_what_tells_whether_something_is_due_loads_no_library_of_numbers():
    command = "import sys, vae_report.stages.build; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", command], text=True).split()
    assert "vae_report.stages.report" in loaded
    assert not {"numpy", "pandas", "scipy", "sklearn", "torch"}.intersection(loaded)


def test_help_explains_itself(small_report):
    status, output, complaint = finished(start_build(small_report, "--help"))
    assert (status, complaint) == (0, "")
    for word in ("--profile", "--data", "--device", "--jobs", "$PROFILE", "docs/assets", "site/"):
        assert word in output


@pytest.mark.parametrize("jobs", ["-1", "0", "1.5", "many", ""])
def test_jobs_that_are_no_positive_number_are_misuse(small_report, jobs):
    status, _, complaint = finished(start_build(small_report, f"--jobs={jobs}"))
    assert status == 2
    assert complaint.endswith(f"argument --jobs: '{jobs}' is not a positive whole number\n")


def test_an_unknown_option_is_misuse(small_report):
    status, _, complaint = finished(start_build(small_report, "--fast"))
    assert status == 2
    assert complaint.endswith("unrecognized arguments: --fast\n")


@pytest.mark.parametrize(
    ("options", "variables", "problem"),
    [
        (
            ["--profile", "fast"],
            {},
            "report.toml: no profile 'fast'; choose one of full, quick, small.",
        ),
        (
            [],
            {"PROFILE": "fast"},
            "report.toml: no profile 'fast'; choose one of full, quick, small.",
        ),
        (["--device", "abacus"], {}, "--device abacus: no such device; choose "),
        ([], {"VAE_REPORT_DATA": "nowhere"}, "no Small shapes: "),
    ],
)
def test_what_the_user_can_mend_is_one_line(small_report, options, variables, problem):
    status, _, complaint = finished(start_build(small_report, *options, **variables))
    assert status == 1
    assert complaint.count("\n") == 1
    assert problem in complaint
    assert not (small_report / ".cache" / "store").exists()


def test_a_class_without_images_is_told_before_anything_is_trained(small_report):
    path = small_report / "report.toml"
    path.write_text(path.read_text().replace('"I", "J"]', '"I", "J", "K"]'))
    status, output, complaint = finished(start_build(small_report))
    assert status == 1
    assert complaint.startswith("Small shapes: no training image has the label 10, 'K'; ")
    assert complaint.count("\n") == 1
    assert "train" not in output


def test_a_missing_report(small_report):
    path = small_report / "report.toml"
    path.unlink()
    status, _, complaint = finished(start_build(small_report))
    assert status == 1
    assert complaint.startswith(f"{path}: cannot be read (No such file or directory)")
    assert complaint.count("\n") == 1


DEFECTIVE = """
import runpy, sys, time
import vae_report.stages.build

class SlowToGo:
    # Its end falls into that of the interpreter, which undoes the handlers of signals before.
    def __del__(self, sleep=time.sleep):
        sleep(1)

def defective(context):
    raise LookupError("a mistake of the program")

vae_report.stages.build.slow_to_go = SlowToGo()
vae_report.stages.build.data_item = defective
sys.argv = [sys.argv[1]]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_a_mistake_of_the_program_is_a_traceback_and_status_1(small_report):
    build = subprocess.run(
        [sys.executable, "-c", DEFECTIVE, small_report / "scripts" / "build.py"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert build.returncode == 1, build.stderr
    assert build.stderr.endswith("LookupError: a mistake of the program\n")


ENDLESS = "epochs = 1000000"
TWO_RUNS = (
    REPORT.replace("seeds = 2", "seeds = 1").split("[runs.")[0]
    + f"""
[runs.short]
model = "ae"
latent = 2
epochs = 1

[runs.long]
model = "vae"
latent = 2
{ENDLESS}
"""
)


@pytest.fixture
def interrupted(small_report, request):
    """Interrupt a build when it says something: its status, its last words, what it finished."""
    (small_report / "report.toml").write_text(TWO_RUNS)

    def interrupt(awaited, send, number, jobs=1):
        build = start_build(small_report, "--device=cpu", f"--jobs={jobs}")
        request.addfinalizer(build.kill)
        said = []
        while awaited not in (line := build.stdout.readline()):
            said.append(line)
            assert line, said
        send(build.pid, number)
        status, _, complaint = finished(build)
        return status, complaint

    return interrupt


LAST_WORDS = "Interrupted; finished runs are kept, and the next build goes on from there.\n"


def test_ctrl_c_ends_the_build_and_the_next_goes_on(small_report, interrupted):
    # As a terminal does, which sends it to all processes of the group.
    status, complaint = interrupted("train short: ", os.killpg, signal.SIGINT, jobs=2)
    assert (status, complaint) == (130, LAST_WORDS)
    runs = list((small_report / ".cache" / "store").glob("*ae-2-*"))
    assert len(runs) == 1, "the run that was interrupted left something"

    (small_report / "report.toml").write_text(TWO_RUNS.replace(ENDLESS, "epochs = 2"))
    made = train_and_measure(small_report).keys() - {"data", "measure short"}
    assert made - {"train classifier", "measure baselines"} == {"train long", "measure long"}


@pytest.mark.parametrize("awaited", ["data: ", "About ", "train long ... "])
@pytest.mark.parametrize(
    ("send", "number", "status"),
    [(os.killpg, signal.SIGINT, 130), (os.kill, signal.SIGTERM, 143)],
)
def test_no_signal_leaves_a_process_or_a_traceback(interrupted, awaited, send, number, status):
    """Sent while the worker processes are starting, at their most talkative, and soon after."""
    assert interrupted(awaited, send, number) == (status, LAST_WORDS)


def test_workers_do_not_outlive_a_build_that_is_killed(interrupted):
    status, complaint = interrupted("train long ... ", os.kill, signal.SIGKILL)
    assert status == -signal.SIGKILL
    assert "Traceback" not in complaint
