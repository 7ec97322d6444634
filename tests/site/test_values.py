import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_report.errors import ReportError
from vae_report.site.values import (
    Record,
    compare,
    decimals,
    declared,
    load_json,
    nats,
    number,
)


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (1234567, 0, "1\u202f234\u202f567"),
        (-3.14159, 2, "\u22123.14"),
        (-0.04, 1, "0.0"),
        (0.71249, 3, "0.712"),
    ],
)
def test_number_is_written_as_in_print(value, digits, written):
    assert number(value, digits) == written


def test_nats_do_not_part_from_their_number():
    assert nats(251.623) == "251.6\u00a0nats"


@pytest.mark.parametrize(
    ("value", "other", "digits", "word"),
    [
        (0.52, 0.48, 1, "the same"),
        (0.52, 0.48, 2, "higher"),
        (0.48, 0.52, 2, "lower"),
        (-0.01, 0.01, 1, "the same"),
        (-2, -1, 0, "lower"),
    ],
)
def test_words_compare_numbers_as_they_are_shown(value, other, digits, word):
    assert compare(value, other, digits=digits) == word


def test_words_that_compare_can_be_chosen():
    words = {"more": "above", "less": "below", "equal": "at", "digits": 1}
    assert [compare(value, 0, **words) for value in (1, -1, 0)] == ["above", "below", "at"]
    with pytest.raises(ReportError, match="no finite number"):
        compare(float("nan"), 0, **words)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "7", None])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(ReportError, match="no finite number"):
        number(value)


@given(st.floats(min_value=-1e12, max_value=1e12), st.integers(0, 6))
def test_a_written_number_reads_back(value, digits):
    written = number(value, digits).replace("\u2212", "-").replace("\u202f", "")
    assert float(written) == pytest.approx(round(value, digits), abs=10.0**-digits)


def test_record_gives_values_by_key_and_by_attribute():
    runs = Record("runs", {"vae-2": {"test": {"bce": 240.5}}})
    assert runs["vae-2"].test.bce == 240.5


def test_missing_value_is_named_in_full_with_what_there_is():
    runs = Record("runs", {"vae-2": {"test": {"bce": 240.5}}})
    with pytest.raises(ReportError, match=r'runs\["vae-2"\]\.test\.kl; name one of bce'):
        _ = runs["vae-2"].test.kl


def test_value_that_does_not_exist_is_no_number():
    with pytest.raises(ReportError, match=r"run\.kl was not measured"):
        _ = Record("run", {"kl": None}).kl


def test_record_says_what_it_holds():
    record = Record("run", {"bce": 240.5, "kl": None})
    assert "bce" in record
    assert "kl" not in record
    assert "mse" not in record


@pytest.mark.parametrize(
    ("value", "written"), [(0.05, "0.05"), (-10.0, "\u221210"), (1500, "1\u202f500"), (0, "0")]
)
def test_declared_number_keeps_the_decimals_it_was_given(value, written):
    assert declared(value) == written


@given(st.floats(1e-6, 1e6), st.integers(1, 4))
def test_decimals_show_as_many_digits_as_asked_for(value, significant):
    shown = float(number(value, decimals(value, significant)).replace("\u202f", ""))
    assert shown == pytest.approx(value, rel=0.5 * 10.0 ** (1 - significant))


def test_missing_part_of_a_file_is_named(tmp_path):
    path = tmp_path / "metrics.json"
    path.write_text('{"runs": {}}')
    with pytest.raises(ReportError, match=r"metrics\.json: holds no sweeps; run `make site`"):
        load_json(path, "runs", "sweeps")


def test_broken_json_is_reported_by_its_path(tmp_path):
    path = tmp_path / "metrics.json"
    path.write_text('{"runs": ')
    with pytest.raises(ReportError, match=r"metrics\.json: not valid JSON"):
        load_json(path)
