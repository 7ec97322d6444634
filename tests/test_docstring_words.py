"""The entries of docstrings can be read alone: a noun phrase or a sentence that begins as one."""

import ast
import re

from small_report import REPOSITORY

MODULES = sorted((REPOSITORY / "src" / "vae_report").rglob("*.py"))
DEFINITION = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

SECTION = re.compile(r"^(?:Args|Attributes|Raises):\n(.+?)(?=\n\S|\Z)", re.MULTILINE | re.DOTALL)
RESULT = re.compile(r"^(?:Returns|Yields):\n {4}(\S.*)", re.MULTILINE)
ENTRY = re.compile(r"^ {4}\S+: (\S.*)", re.MULTILINE)
FRAGMENT = re.compile(r"[a-z]|(?:Of|That|Which|In|From|To|By|On|Where|With|Told|Whose|How|What)\b")


def fragments(source):
    """List the entries of docstrings in a module that begin in the middle of a sentence."""
    docstrings = [
        ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, DEFINITION)
    ]
    entries = [
        entry
        for text in docstrings
        for entry in (*RESULT.findall(text), *ENTRY.findall("\n".join(SECTION.findall(text))))
    ]
    return [each for each in entries if FRAGMENT.match(each)]


def test_entries_of_docstrings_can_be_read_alone():
    found = {
        str(module.relative_to(REPOSITORY)): begun
        for module in MODULES
        if (begun := fragments(module.read_text(encoding="utf-8")))
    }
    assert not found


def test_a_fragment_is_found_in_every_section():
    source = '''
class Walk:
    """A walk.

    Attributes:
        pace: in metres per second: the mean
            of: all steps.
        end: The last point.
    """

    def steps(self, length):
        """Yield its steps.

        Args:
            length: Of a step.
            *others: as numbers.

        Yields:
            each step: once.

        Raises:
            ValueError: The length is no number.
            KeyError: no step.
        """
'''
    assert sorted(fragments(source)) == [
        "Of a step.",
        "as numbers.",
        "each step: once.",
        "in metres per second: the mean",
        "no step.",
    ]
