"""The parts of the benchmark, run one after the other, and their results."""

import time
from collections.abc import Iterable
from functools import partial
from importlib import import_module

from rich.console import Console
from rich.table import Table

from vae_report.benchmarks.fresh import in_fresh_process
from vae_report.benchmarks.record import Benchmark, Findings, Machine
from vae_report.benchmarks.setting import Setting
from vae_report.engine.files import write_bytes, write_json
from vae_report.registry import found, load


def run(setting: Setting, sections: Iterable[str], console: Console) -> Benchmark:
    """Measure sections, each in a process of its own, and show their findings.

    Args:
        setting: The repository and the data that are measured.
        sections: Some of `vae_report.benchmarks.names.SECTIONS`.
        console: The console to write to.

    Raises:
        ReportError: The data set, or something else that a section needs, is missing.
    """
    findings = {}
    for section in sections:
        started = time.perf_counter()
        findings[section] = in_fresh_process(_measure, section, setting)
        _show(section, findings[section], console)
        console.print(f"{section}: {time.perf_counter() - started:.0f} s\n", highlight=False)
    return Benchmark(
        machine=Machine.here(),
        quick=setting.quick,
        tables={section: found.tables for section, found in findings.items()},
        curves={name: curve for found in findings.values() for name, curve in found.curves.items()},
    )


def publish(benchmark: Benchmark, setting: Setting) -> None:
    """Write the benchmark where the pages look for it, and draw its figures."""
    from vae_report.figures import draw_for_both_themes

    assets = setting.root / "docs" / "assets"
    figures = assets / "figures"
    for name, function in found("figure", "benchmarks").items():
        for file, content in draw_for_both_themes(name, partial(load(function), benchmark)).items():
            write_bytes(figures / file, content)
    write_json(assets / "benchmark.json", benchmark.model_dump())


def _measure(section: str, setting: Setting) -> Findings:
    findings: Findings = import_module(f"{__package__}.{section}").measure(setting)
    return findings


def _show(section: str, findings: Findings, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in (section, "median", "quartiles", "unit", "repetitions"):
        table.add_column(heading, justify="left" if heading in (section, "unit") else "right")
    for group, rows in findings.tables.items():
        table.add_row(group)
        for name, row in rows.items():
            quartiles = f"{row.lower_quartile:,.4g} – {row.upper_quartile:,.4g}"
            table.add_row(
                f"  {name}", f"{row.median:,.4g}", quartiles, row.unit, str(row.repetitions)
            )
    console.print(table, highlight=False)
