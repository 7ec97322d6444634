"""Names for the state of the code, so that what it computed can be told from what it would.

The version of a function covers the function and whatever of this package it refers to, directly or
not, and nothing else: to change one figure is not to change another. Comments, docstrings and
layout do not count. Only source text is read: to ask for a version imports nothing.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from vae_report.errors import ReportError

_PACKAGE = "vae_report"
_FOLDER = Path(__file__).parent


class Name(NamedTuple):
    """Something that a module of this package defines: `figures.losses`, `vae_train_loss`."""

    module: str
    name: str


@cache
def code_version(
    names: tuple[Name, ...], libraries: tuple[str, ...] = (), without: tuple[Name, ...] = ()
) -> str:
    """Digest what functions or classes do.

    Args:
        names: of the functions or classes.
        libraries: distributions whose version matters to the result.
        without: names beyond which nothing matters, such as a table of alternatives.

    Raises:
        ReportError: a module that matters is not valid Python.
    """
    digest = hashlib.sha256()
    for name in sorted(_closure(names, set(without))):
        digest.update(f"{name.module}:{name.name} {_meaning(name)}\n".encode())
    for library in libraries:
        digest.update(f"{library} {version(library)}\n".encode())
    return digest.hexdigest()


def everything() -> tuple[Name, ...]:
    """List all that the package defines."""
    paths = (path.relative_to(_FOLDER) for path in sorted(_FOLDER.rglob("*.py")))
    modules = (".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths)
    return tuple(Name(module, name) for module in modules for name in _module(module).definitions)


def functions_under(decorator: str, package: str) -> dict[str, Name]:
    """Find the functions under a decorator in the modules of a package, by their own name."""
    paths = sorted((_FOLDER / package).glob("*.py"))
    modules = [f"{package}.{path.stem}" for path in paths if path.stem != "__init__"]
    return {
        name: Name(module, name)
        for module in modules
        for name, [statement, *_] in _module(module).definitions.items()
        if isinstance(statement, ast.FunctionDef)
        and any(_root(mark) == decorator for mark in statement.decorator_list)
    }


def place_of(name: Name) -> tuple[Path, int]:
    """Find where something is defined: its file within the package, and its line there."""
    [statement, *_] = _module(name.module).definitions[name.name]
    return _path(name.module).relative_to(_FOLDER), statement.lineno


def parameters_of(function: Name) -> tuple[str, ...]:
    """List the names of a function's parameters."""
    [statement] = _module(function.module).definitions[function.name]
    assert isinstance(statement, ast.FunctionDef)
    arguments = statement.args
    return tuple(each.arg for each in (*arguments.args, *arguments.kwonlyargs))


def entry_of(table: Name, key: str) -> Name | None:
    """Find what a table, written as a dictionary of names, holds under a key; none if nothing."""
    [statement] = _module(table.module).definitions[table.name]
    for node in ast.walk(statement):
        if isinstance(node, ast.Dict):
            for entry, value in zip(node.keys, node.values, strict=True):
                if isinstance(entry, ast.Constant) and entry.value == key:
                    return Name(table.module, _root(value) or "")
    return None


def imported_by(script: Path) -> tuple[Name, ...]:
    """List what a script outside the package takes from it."""
    return tuple(name for _, name in _imported(ast.parse(script.read_bytes()).body))


class _Module(NamedTuple):
    """The top level of a module: what it defines, and what it takes from this package."""

    definitions: dict[str, list[ast.stmt]]
    imports: dict[str, Name]


def _path(module: str) -> Path:
    place = _FOLDER.joinpath(*module.split("."))
    return place.with_suffix(".py") if not place.is_dir() else place / "__init__.py"


@cache
def _module(name: str) -> _Module:
    path = _path(name)
    definitions: dict[str, list[ast.stmt]] = {}
    try:
        tree = _WithoutDocstrings().visit(ast.parse(path.read_bytes()))
    except SyntaxError as error:
        raise ReportError(f"{path}:{error.lineno}: {error.msg}; correct it.") from error
    for statement in tree.body:
        for defined in _defined(statement):
            definitions.setdefault(defined, []).append(statement)
    return _Module(definitions, dict(_imported(tree.body)))


def _closure(names: Iterable[Name], seen: set[Name]) -> set[Name]:
    """Follow references from these names through the package."""
    found = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        module = _module(name.module)
        if name.name in module.definitions:
            found.add(name)
            ahead += _references(name)
        elif name.name in module.imports:
            ahead.append(module.imports[name.name])
    return found


@cache
def _references(name: Name) -> frozenset[Name]:
    """List what the definition of a name refers to; many functions rest on the same ones."""
    nodes = [
        node
        for statement in _module(name.module).definitions[name.name]
        for node in ast.walk(statement)
    ]
    named = {Name(name.module, node.id) for node in nodes if isinstance(node, ast.Name)}
    imported = _imported(node for node in nodes if isinstance(node, ast.stmt))
    return frozenset(named.union(target for _, target in imported))


def _imported(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, Name]]:
    """Give what statements import from this package, by the name they bind."""
    for statement in statements:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith(_PACKAGE):
            module = (statement.module or "").removeprefix(_PACKAGE).removeprefix(".")
            for alias in statement.names:
                yield alias.asname or alias.name, Name(module, alias.name)


def _defined(statement: ast.stmt) -> list[str]:
    """Name what a statement at top level binds, or changes."""
    match statement:
        case ast.FunctionDef() | ast.ClassDef():
            return [statement.name]
        case ast.Assign():
            return [root for target in statement.targets if (root := _root(target))]
        case ast.AnnAssign() | ast.AugAssign():
            return [root] if (root := _root(statement.target)) else []
    return []


def _root(node: ast.expr) -> str | None:
    """Name what an expression starts from: `a` of `a`, `a.b`, `a[b]` and `a(b)`."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute() | ast.Subscript() | ast.Starred():
            return _root(node.value)
        case ast.Call():
            return _root(node.func)
    return None


@cache
def _meaning(name: Name) -> str:
    return "\n".join(map(ast.dump, _module(name.module).definitions[name.name]))


class _WithoutDocstrings(ast.NodeTransformer):
    """Drops every statement that is a bare string."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        bare = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if bare else node
