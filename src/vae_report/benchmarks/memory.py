"""The memory that each way of doing something takes, in a process that does nothing else."""

from collections.abc import Callable

from vae_report.benchmarks.fresh import in_fresh_process, peak_memory
from vae_report.benchmarks.names import BATCHED, FAST, LOOP, PLAIN, RECIPE
from vae_report.benchmarks.record import Findings, Summary, take_turns
from vae_report.benchmarks.setting import Setting

_STEPS = 100


def measure(setting: Setting) -> Findings:
    """Measure the peaks of loading, of training and of evaluation."""

    def peak(task: Callable[[Setting, str], float], way: str) -> Callable[[], float]:
        return lambda: in_fresh_process(task, setting, way)

    taken = take_turns(
        {
            "data set and libraries alone": peak(_nothing, ""),
            **{f"training, {way}": peak(_training, way) for way in (RECIPE, PLAIN, FAST)},
            **{f"evaluation, {way}": peak(_evaluation, way) for way in (LOOP, BATCHED)},
        },
        turns=1,  # another gives the same to within a MiB
    )
    peaks = {name: Summary.of(values, "MiB") for name, values in taken.items()}
    return Findings({"largest size of a process": peaks})


# The functions below run in the processes that are measured. They import torch; the process that
# starts them must not, see `peak_memory`.


def _nothing(setting: Setting, way: str) -> float:
    import torch

    torch.from_numpy(setting.dataset.train_images)
    return peak_memory()


def _training(setting: Setting, way: str) -> float:
    import torch

    from vae_report.benchmarks.step import SHAPES, WAYS

    torch.set_num_threads(1)
    step = WAYS[way](torch.from_numpy(setting.dataset.train_images), *SHAPES[0])
    for _ in range(_STEPS):
        step()
    return peak_memory()


def _evaluation(setting: Setting, way: str) -> float:
    from vae_report.benchmarks.evaluation import make_evaluations

    make_evaluations(setting)[way]()
    return peak_memory()
