"""Tables of a benchmark."""

import lxml.html
import pytest

from vae_report.errors import ReportError
from vae_report.site.tables import benchmark_table


def summary(median, unit):
    return {
        "unit": unit,
        "repetitions": 30,
        "median": median,
        "lower_quartile": 0.9 * median,
        "upper_quartile": 1.1 * median,
    }


TABLES = {
    "step": {
        "784–400–20, 2 threads": {
            "fast step": summary(51234.5, "images/s"),
            "fast step, times its products": summary(1.2345, "times"),
        }
    }
}


def test_a_table_shows_three_digits_and_the_unit():
    table = lxml.html.fromstring(benchmark_table(TABLES, "step", caption="Steps")).find(".//table")
    rows = {row.find("th").text: [cell.text for cell in row.iter("td")] for row in table.iter("tr")}
    assert rows["784–400–20, 2 threads"] == []
    assert rows["fast step"] == ["51\u202f234", "46\u202f111", "56\u202f358", "images/s", "30"]
    assert rows["fast step, times its products"] == ["1.23", "1.11", "1.36", "times", "30"]


def test_a_section_that_was_not_measured_is_refused():
    with pytest.raises(ReportError, match='no benchmark "speed"; name one of step'):
        benchmark_table(TABLES, "speed", caption="")
