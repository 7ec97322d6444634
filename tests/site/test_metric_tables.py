from inspect import getsource

import lxml.html
import pytest

from miniature import DIVERGED, HEADLINE, METRICS
from vae_report.errors import ReportError
from vae_report.site import tables
from vae_report.site.tables import baselines_table, group_table, headline_table

COLUMNS = METRICS["columns"]


def rows_of(markup):
    table = lxml.html.fromstring(markup).find(".//table")
    return [heading.text_content() for heading in table.find("thead").iter("th")], {
        row.find("th").text: [cell.text for cell in row.iter("td")]
        for row in table.find("tbody").iter("tr")
    }


def test_every_column_is_what_a_measurement_declares():
    """The code of the tables knows no measurement: whatever is declared has its column."""
    unheard = {
        "heading": "Loudness",
        "digits": 1,
        "best": "highest",
        "unit": "dB",
        "alike": {"kind": "kind"},
    }
    columns = COLUMNS | {"sound": {"loudness": unheard | {"word": None}}}
    runs = {
        name: METRICS["runs"][name] | {"sound": {"loudness": loudness}}
        for name, loudness in {"vae-2": 61.25, "vae-16": 60.0, "ae-2": 70.04}.items()
    }
    markup = group_table({"columns": columns, "runs": runs}, "sound", caption="")
    headings, rows = rows_of(markup)
    assert headings == ["Run", "Loudness"]
    assert rows == {"vae-2": ["61.2"], "vae-16": ["60.0"], "ae-2": ["70.0"]}
    assert best_of(markup, "Loudness") == ["vae-2"]
    assert "a best; dB compare only among runs of one kind." in markup
    for group, declared in COLUMNS.items():
        headings, _ = rows_of(group_table(METRICS, group, caption=""))
        assert headings[1:] == [scalar["heading"] for scalar in declared.values()]
        for scalar in declared.values():
            assert f'"{scalar["heading"]}"' not in getsource(tables)


def test_main_table_holds_the_headline_and_leads_to_the_rest():
    markup = headline_table(METRICS, "../metrics/", caption="Main runs.")
    headings, rows = rows_of(markup)
    assert list(rows) == list(HEADLINE)
    assert dict(zip(headings[1:], rows["ae-2"], strict=True)) == {
        "Model": "AE",
        "Latent size": "2",
        "Parameters": "1\u202f068\u202f820",
        "Seconds": "41",
        "Negative ELBO": "–",
        "BCE": "240.00",
        "KL": "–",
        "Mean-decoded loss": "248.50",
        "MSE": "0.0213",
        "PSNR": "18.20",
        "SSIM": "0.712",
        "Sharpness": "0.312",
    }
    assert lxml.html.fromstring(markup).find(".//a").get("href") == "../metrics/"


def test_run_that_diverged_says_so_where_others_have_values():
    assert rows_of(group_table(METRICS, "samples", caption=""))[1][DIVERGED] == ["diverged"]
    assert len(rows_of(group_table(METRICS, "settings", caption=""))[1][DIVERGED]) == 9


def test_table_of_what_few_runs_have_lists_these_alone():
    rows = rows_of(group_table(METRICS, "mixture_samples", caption=""))[1]
    assert list(rows) == ["ae-2", "ae-16"]


def test_table_that_a_profile_leaves_empty_says_so():
    runs = {"vae-2": METRICS["runs"]["vae-2"]}
    table = lxml.html.fromstring(
        group_table(METRICS | {"runs": runs}, "mixture_samples", caption="")
    )
    assert "none in this profile" in table.text_content()


def test_baselines_are_judged_like_samples():
    headings, rows = rows_of(baselines_table(METRICS, caption=""))
    assert list(rows) == ["real", "noise", "pca-2", "pca-16"]
    assert dict(zip(headings[1:], rows["real"], strict=True))["Kernel distance"] == "\u22120.0012"


def best_of(markup, heading):
    """Names of the rows whose value in a column is marked."""
    table = lxml.html.fromstring(markup).find(".//table")
    names = [each.text_content() for each in table.find("thead").iter("th")]
    return [
        row[0].text
        for row in table.find("tbody")
        if len(row) == len(names) and row[names.index(heading)].get("class") == "metrics__best"
    ]


def with_test_values(**values):
    """Metrics of four headline runs with other values on test images."""
    runs = {
        name: METRICS["runs"][name]
        | {"test": METRICS["runs"][name]["test"] | {key: row[place] for key, row in values.items()}}
        for place, name in enumerate(HEADLINE)
    }
    return METRICS | {"runs": runs}


def test_best_is_the_lowest_the_highest_or_the_nearest_and_ties_share_it():
    metrics = with_test_values(
        mse=[0.02, 0.01, 0.03, 0.01001],  # alike as they are written
        psnr=[18.0, 20.0, 17.0, 19.0],
        sharpness=[0.2, 1.2, 0.9, 5.0],
    )
    table = group_table(metrics, "test", caption="")
    assert best_of(table, "MSE") == ["vae-16", "ae-16"]
    assert best_of(table, "PSNR") == ["vae-16"]
    assert best_of(table, "Sharpness") == ["ae-2"]
    assert best_of(table, "KL") == []


def test_nats_compare_only_among_runs_of_one_model_and_likelihood():
    metrics = with_test_values(bce=[250.0, 230.0, 240.0, 220.0])
    assert best_of(group_table(metrics, "test", caption=""), "BCE") == ["vae-16", "ae-16"]
    metrics["runs"]["vae-16"] |= {"likelihood": "continuous-bernoulli"}
    assert best_of(group_table(metrics, "test", caption=""), "BCE") == ["ae-16"]


def test_baselines_and_runs_that_diverged_are_not_marked():
    assert "metrics__best" not in baselines_table(METRICS, caption="")
    assert DIVERGED not in best_of(group_table(METRICS, "samples", caption=""), "Coverage")


def test_unknown_group_is_refused():
    with pytest.raises(ReportError, match='no group "speed" of metrics; name one of settings'):
        group_table(METRICS, "speed", caption="")


def test_table_names_the_run_that_lacks_a_value():
    runs = {"vae-2": METRICS["runs"]["vae-2"] | {"test": {"bce": 1.0}}}
    with pytest.raises(ReportError, match=r'"vae-2" has no value "test\.negative_elbo"'):
        headline_table(METRICS | {"runs": runs, "headline": ["vae-2"]}, "metrics/", caption="")
