"""The walkthrough: executed once, so that pages are made without running it again."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from vae_report.errors import ReportError

# No matplotlibrc may change a figure.
_DEFAULT_FIGURES = "--IPKernelApp.exec_lines=__import__('matplotlib').rcdefaults()"


def execute_notebook(
    source: Path,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    timeout: int = 600,
) -> bytes:
    """Execute a notebook.

    Args:
        source: The path of the notebook in the percent format.
        folder: The folder that the notebook runs in.
        environment: Variables that it sees beside those of this process.
        timeout: The number of seconds that a cell may take.

    Returns:
        The notebook with its outputs, as `.ipynb`; the same outputs give the same bytes.

    Raises:
        ReportError: The notebook cannot be read, a cell fails or takes too long, or its kernel
            dies.
    """
    try:
        notebook = jupytext.read(source)
    except OSError as error:
        raise ReportError(f"{source}: cannot be read ({error.strerror}); restore it.") from error
    for position, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{position}"
    # jupytext notes its own version in the notebook, the kernel its speed and its order of chunks.
    notebook.metadata = {
        "description": notebook.metadata.get("description"),
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    }
    try:
        with _no_user_configuration() as configured:
            NotebookClient(
                notebook,
                kernel_name="python3",
                timeout=timeout,
                extra_arguments=["--log-level=ERROR", _DEFAULT_FIGURES],
                record_timing=False,
                coalesce_streams=True,
                resources={"metadata": {"path": str(folder)}},
            ).execute(env={**configured, "PYTHONHASHSEED": "0", **(environment or {})})
    except CellExecutionError as error:
        problem = f"{error.ename}: {error.evalue}".splitlines()[0]
        raise ReportError(f"{_failed_cell(source, notebook)}: {problem}; correct it.") from error
    except TimeoutError as error:
        raise ReportError(
            f"{_failed_cell(source, notebook)}: takes longer than {timeout} s; shorten it."
        ) from error
    except RuntimeError as error:
        raise ReportError(
            f"{_failed_cell(source, notebook)}: {error}; look for a lack of memory."
        ) from error

    written: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return written.encode()


@contextmanager
def _no_user_configuration() -> Iterator[dict[str, str]]:
    """Shield this process and a kernel from a user's configuration for other work.

    Yields:
        The environment of the kernel. Jupyter finds no kernel but that of this interpreter.
    """
    before = dict(os.environ)
    with TemporaryDirectory() as empty:
        for name in [name for name in before if name.startswith(("JUPYTER_", "IPYTHON"))]:
            del os.environ[name]
        os.environ.pop("PYTHONSTARTUP", None)
        os.environ |= dict.fromkeys(("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"), empty)
        os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
        try:
            yield dict(os.environ)
        finally:
            os.environ.clear()
            os.environ |= before


def _failed_cell(source: Path, notebook: nbformat.NotebookNode) -> str:
    """Name the last code cell that was started: its place and its first line."""
    started = [
        (position, cell)
        for position, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == "code" and (cell.execution_count or cell.outputs)
    ]
    position, cell = started[-1] if started else (1, notebook.cells[0])
    return f"{source}: cell {position} ({cell.source.strip().partition(chr(10))[0]})"
