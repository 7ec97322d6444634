"""The report as a function of its data, its code and `report.toml`: the graph of all items."""

from vae_report.engine.graph import Item
from vae_report.stages.context import Context
from vae_report.stages.drawing import card_item, figure_items
from vae_report.stages.exploring import explorer_item, walkthrough_item
from vae_report.stages.measuring import baselines_item, run_item
from vae_report.stages.provenance import provenance_item
from vae_report.stages.publishing import assets_item, paper_items, site_item
from vae_report.stages.stating import claims_item, tables_item
from vae_report.stages.training import classifier_items, run_items


def items_after(data: Item, context: Context, *, alone: bool = False) -> list[Item]:
    """List everything that the report consists of, each item after those that it needs.

    Nothing here imports torch or anything else that an unchanged report does not need.

    Args:
        data: The item of the data set, which has been made unless all runs are trained alone.
        context: The build.
        alone: Whether each run is trained by itself, on any device.
    """
    classifiers = classifier_items(context, data)
    training = run_items(context, data, alone=alone)
    trained = [*classifiers.values(), *dict.fromkeys(training.values())]
    measured = [baselines_item(context, seed, item) for seed, item in classifiers.items()]
    measured += [run_item(context, run, [training[run], classifiers[run.seed]]) for run in training]
    shown = [
        tables_item(context, measured),
        claims_item(context, measured),
        *figure_items(context, measured),
        card_item(context, measured),
        provenance_item(context, trained),
        walkthrough_item(context, training),
    ]
    if explorer := context.settings.explorer:
        shown.append(explorer_item(context, explorer, training))
    assets = assets_item(context, shown)
    made = [*trained, *measured, *shown, assets]
    if context.options.assets_only:
        return made
    site = site_item(context, assets)
    return [*made, site, *paper_items(context, site)]
