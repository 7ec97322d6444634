"""Names for the state of the code, so that what it computed can be told from what it would."""

import ast
import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

_PACKAGE = Path(__file__).parent


def code_version(modules: Iterable[str], libraries: Iterable[str]) -> str:
    """Digest what modules do: their code without comments, docstrings and layout.

    Args:
        modules: paths of source files, or of folders of them, relative to the package.
        libraries: distributions whose version matters to the result.
    """
    digest = hashlib.sha256()
    for module in modules:
        place = _PACKAGE / module
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            tree = _WithoutDocstrings().visit(ast.parse(path.read_bytes()))
            digest.update(f"{path.relative_to(_PACKAGE)}\n{ast.dump(tree)}\n".encode())
    for library in libraries:
        digest.update(f"{library} {version(library)}\n".encode())
    return digest.hexdigest()


class _WithoutDocstrings(ast.NodeTransformer):
    """Drops every statement that is a bare string."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        bare = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if bare else node
