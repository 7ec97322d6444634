import pytest
from tiny_site import REPOSITORY

from vae_report.audit.validity import invalid_html
from vae_report.errors import ReportError


def test_pages_are_held_against_the_standard(make_site, tmp_path):
    site = make_site("<p><div>in a paragraph</div></p>", **{"deep/index.html": "<ul><p>x</p></ul>"})
    found = invalid_html(site, REPOSITORY, tmp_path / "html.json")
    assert {violation.page for violation in found} == {"/", "deep/"}
    assert any(
        violation.rule == "element-permitted-content" and "line " in violation.element
        for violation in found
    )


def test_valid_page_has_no_violation(make_site, tmp_path):
    assert invalid_html(make_site(), REPOSITORY, tmp_path / "html.json") == []


def test_missing_tool_is_named_in_one_line(make_site, tmp_path):
    with pytest.raises(ReportError, match="html-validate is not installed; run `make audit`"):
        invalid_html(make_site(), tmp_path, tmp_path / "html.json")
