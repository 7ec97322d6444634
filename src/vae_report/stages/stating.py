"""The stage that writes metrics and verdicts for the pages."""

from collections.abc import Sequence

from vae_report.engine.files import json_bytes
from vae_report.engine.fingerprint import Name
from vae_report.engine.graph import Item
from vae_report.engine.store import Entry, Files
from vae_report.registry import found
from vae_report.results.stored import ResultFolders
from vae_report.results.tables import metrics_files
from vae_report.stages.context import Context
from vae_report.stages.reading import parts_of_results, results_of


def tables_item(context: Context, measured: Sequence[Item]) -> Item:
    """Write the metrics of all runs."""

    def entries() -> list[Entry]:
        writing = Name("vae_report.stages.stating", "write_tables")
        measurements = found("measurement", "measurements").values()
        return [Entry("tables", parts_of_results(context, [writing, *measurements]))]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        files = context.do("tables", write_tables, results_of(context))
        return {entry.key: files for entry in missing}

    return Item("tables", "", make, entries, measured)


def write_tables(results: ResultFolders) -> Files:
    """Return `metrics.json` and `metrics.csv`."""
    from vae_report.measurements import declared

    return metrics_files(results.load(), declared())


def claims_item(context: Context, measured: Sequence[Item]) -> Item:
    """Decide every claim."""

    def entries() -> list[Entry]:
        deciding = Name("vae_report.claims", "decide"), *found("Claim", "claims").values()
        return [Entry("claims", parts_of_results(context, deciding))]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        files = context.do("claims", decide_claims, results_of(context))
        return {entry.key: files for entry in missing}

    return Item("claims", "", make, entries, measured)


def decide_claims(results: ResultFolders) -> Files:
    """Return `claims.json`."""
    from vae_report.claims import decide

    decisions = [each.model_dump(mode="json") for each in decide(results.load())]
    return {"claims.json": json_bytes({"claims": decisions})}
