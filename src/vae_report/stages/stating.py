"""What is measured is written down for the pages: metrics, verdicts, and where they come from."""

import json
from collections.abc import Sequence
from typing import Any

from vae_report.engine.files import json_bytes
from vae_report.engine.fingerprint import Name
from vae_report.engine.graph import Item
from vae_report.engine.store import Entry, Files, digest
from vae_report.registry import found
from vae_report.results.stored import ResultFolders
from vae_report.results.tables import metrics_files, provenance
from vae_report.stages.context import Context
from vae_report.stages.finding import facts_of
from vae_report.stages.reading import parts_of_results, results_of
from vae_report.stages.training import judge_of, of_judge, spec_of


def tables_item(context: Context, measured: Sequence[Item]) -> Item:
    """Write the metrics of all runs."""

    def entries() -> list[Entry]:
        writing = Name("vae_report.results.tables", "metrics_files")
        return [Entry("tables", parts_of_results(context, [writing]))]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        files = context.do("tables", write_tables, results_of(context))
        return {entry.key: files for entry in missing}

    return Item("tables", "", make, entries, measured)


def write_tables(results: ResultFolders) -> Files:
    """Return `metrics.json` and `metrics.csv`."""
    return metrics_files(results.load())


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


def provenance_item(context: Context, trained: Sequence[Item]) -> Item:
    """Write down what the report is made from, with and on."""

    def entries() -> list[Entry]:
        return [Entry("provenance", {"content": digest(_provenance(context))})]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        content = json_bytes(_provenance(context))
        return {entry.key: {"provenance.json": content} for entry in missing}

    return Item("provenance", "", make, entries, trained)


def _provenance(context: Context) -> dict[str, Any]:
    settings = context.settings
    trained = {title: spec_of(context, run).entry for run, title in settings.trained.items()}
    trained |= {
        of_judge(context, "classifier", seed): judge_of(context, seed).entry
        for seed in settings.judges
    }
    origins = {
        title: json.loads((context.folder(entry) / "origin.json").read_bytes())
        for title, entry in trained.items()
    }
    options = context.options
    return provenance(options.root, options.profile, facts_of(context), origins)
