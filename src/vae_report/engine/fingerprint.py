"""Fingerprints of code, which show whether its results are stale.

The fingerprint of a function covers the function and its direct and indirect dependencies in the
packages that are read, and nothing else. `README.md` beside this file explains how, and what it
cannot detect.
"""

import ast
import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from vae_report.errors import ReportError


class Name(NamedTuple):
    """Something that a module defines at its top level.

    Attributes:
        module: The module's full name, such as `shop.prices`.
        name: The name in the module.
    """

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class _Bound(NamedTuple):
    """The target of an imported name: a module, or something that a module defines."""

    module: str
    name: str | None


@dataclass(frozen=True)
class _Module:
    """The top level of a module.

    Attributes:
        definitions: The statements that bind or change each name.
        imports: The target of each imported name, if it is in a package that is read.
    """

    definitions: Mapping[str, list[ast.stmt]]
    imports: Mapping[str, _Bound]


_Edges = tuple[tuple[str, Name], ...]
"""The dependencies of a definition, each with the words that refer to it."""


class Code:
    """The source of some packages, which is read and not imported.

    Args:
        packages: The folder of each package by the package's name.
    """

    def __init__(self, packages: Mapping[str, Path]) -> None:
        self._packages = dict(packages)
        self._lock = threading.Lock()  # Several threads of a build ask at once.
        self._modules: dict[str, _Module] = {}
        self._edges_of: dict[Name, _Edges] = {}
        self._meanings: dict[Name, str] = {}
        self._versions: dict[str, str] = {}
        self._fingerprints: dict[frozenset[Name], dict[Name, str]] = {}

    def fingerprint(
        self,
        names: Iterable[Name],
        libraries: Iterable[str] = (),
        without: Iterable[Name] = (),
    ) -> str:
        """Digest functions, classes or values and their dependencies.

        Args:
            names: The names of the definitions.
            libraries: The distributions whose versions matter to the result.
            without: Names that are left out with their dependencies, such as a table of choices.

        Raises:
            ReportError: A name is not defined, or a module that matters is not valid Python.
        """
        with self._lock:
            excluded = frozenset(map(self._defined, without))
            known = self._fingerprints.setdefault(excluded, {})
            roots = [self._defined(name) for name in names]
            for root in roots:
                _Digesting(self, excluded, known).visit(root)
        digest = hashlib.sha256()
        for each in sorted(known[root] for root in roots):
            digest.update(f"{each}\n".encode())
        for library in libraries:
            if library not in self._versions:
                self._versions[library] = version(library)
            digest.update(f"{library} {self._versions[library]}\n".encode())
        return digest.hexdigest()

    def everything(self) -> tuple[Name, ...]:
        """List all that the packages define."""
        return tuple(
            Name(module, name)
            for package, folder in self._packages.items()
            for module in _modules_in(package, folder)
            for name in self._module(module).definitions
        )

    def decorated(self, decorator: str, places: Iterable[str]) -> dict[str, Name]:
        """Find the functions and classes under a decorator.

        Args:
            decorator: The name of the decorator where it is used.
            places: The full names of modules, or of packages whose modules, but not packages, are
                searched. Those that do not exist are skipped.

        Returns:
            Each definition by the first text argument of its decorator, as in `@model("vae")`, else
            by its own name.

        Raises:
            ReportError: Two have the same name, or a module is not valid Python.
        """
        found: dict[str, Name] = {}
        for module in (module for place in places for module in self._modules_at(place)):
            for name, [statement, *_] in self._module(module).definitions.items():
                if (key := _key(statement, decorator)) is None:
                    continue
                if key in found:
                    raise ReportError(
                        f"@{decorator}: both {found[key]} and {module}.{name} are called '{key}'; "
                        "rename one."
                    )
                found[key] = Name(module, name)
        return found

    def _modules_at(self, place: str) -> list[str]:
        path = self._path(place)
        if path.name != "__init__.py":
            return [place] if path.is_file() else []
        return [
            f"{place}.{each.stem}" for each in sorted(path.parent.iterdir()) if _is_module(each)
        ]

    def place_of(self, name: Name) -> tuple[Path, int]:
        """Find where something is defined: its file, relative to the packages' parent, and line."""
        [statement, *_] = self._module(name.module).definitions[name.name]
        package = self._package_of(name.module)
        path = self._path(name.module).relative_to(self._packages[package])
        return package / path, statement.lineno

    def parameters_of(self, function: Name) -> tuple[str, ...]:
        """List the names of a function's parameters."""
        [statement] = self._module(function.module).definitions[function.name]
        assert isinstance(statement, ast.FunctionDef)
        arguments = statement.args
        return tuple(each.arg for each in (*arguments.args, *arguments.kwonlyargs))

    def imported_by(self, script: Path) -> tuple[Name, ...]:
        """List what a script outside the packages imports from them.

        Raises:
            ReportError: It imports something that is not defined.
        """
        body = ast.parse(script.read_bytes()).body
        bound = dict(self._imported(body)).values()
        return tuple(name for each in bound for name in self._targets(each))

    def edges(self, name: Name) -> _Edges:
        """List the dependencies of a definition, which many functions may share."""
        if name not in self._edges_of:
            self._edges_of[name] = tuple(sorted(set(self._references(name))))
        return self._edges_of[name]

    def meaning(self, name: Name) -> str:
        """Digest a definition without docstrings, layout and the sources of imports."""
        if name not in self._meanings:
            statements = self._module(name.module).definitions[name.name]
            self._meanings[name] = _sha256(*map(ast.dump, statements))
        return self._meanings[name]

    def _references(self, name: Name) -> Iterator[tuple[str, Name]]:
        for statement in self._module(name.module).definitions[name.name]:
            for found in _said(statement):
                if isinstance(found, _Import):
                    for local, bound in self._imported([found.original]):
                        yield from ((local, each) for each in self._targets(bound))
                else:
                    for each in self._named(name.module, found):
                        yield ".".join(found), each

    def _named(self, module: str, chain: list[str]) -> list[Name]:
        """Find the definitions to which a chain of names, such as `prices.rounded`, refers.

        A module that is used in any other way refers to all its definitions.
        """
        first, *rest = chain
        found = self._module(module)
        if first in found.definitions:
            return [Name(module, first)]
        bound = found.imports.get(first)
        while bound and bound.name is None and rest:
            bound = self._within(bound.module, rest.pop(0))
        return self._targets(bound) if bound else []

    def _within(self, module: str, name: str) -> _Bound:
        """Find the target of a name in a module; the module as a whole if it has no such name."""
        found = self._module(module)
        if name in found.definitions:
            return _Bound(module, name)
        if name in found.imports:
            return found.imports[name]
        if self._has(f"{module}.{name}"):
            return _Bound(f"{module}.{name}", None)
        return _Bound(module, None)

    def _targets(self, bound: _Bound) -> list[Name]:
        """List the definitions to which an imported name refers; all of them for a module."""
        if bound.name is None:
            return [Name(bound.module, name) for name in self._module(bound.module).definitions]
        found = self._within(bound.module, bound.name)
        if found == _Bound(bound.module, None):
            raise ReportError(
                f"{self._path(bound.module)}: nothing called '{bound.name}' is defined there, but "
                "it is asked for; correct the name."
            )
        if found.name is not None and found != bound:
            return self._targets(found)
        return [Name(bound.module, bound.name)] if found.name else self._targets(found)

    def _defined(self, name: Name) -> Name:
        """Follow a name to the module that defines it."""
        if not self._has(name.module):
            raise ReportError(f"there is no module {name.module}, which {name} is asked of.")
        [found] = self._targets(_Bound(name.module, name.name))
        return found

    def _module(self, name: str) -> _Module:
        if name not in self._modules:
            path = self._path(name)
            try:
                tree = ast.parse(path.read_bytes())
            except SyntaxError as error:
                raise ReportError(f"{path}:{error.lineno}: {error.msg}; correct it.") from error
            imports = dict(self._imported(tree.body))
            definitions: dict[str, list[ast.stmt]] = {}
            for statement in _Stripping(self._packages).visit(tree).body:
                for defined in _bound_by(statement):
                    definitions.setdefault(defined, []).append(statement)
            self._modules[name] = _Module(definitions, imports)
        return self._modules[name]

    def _imported(self, statements: Iterable[ast.stmt]) -> Iterator[tuple[str, _Bound]]:
        """Yield the names that statements import from the packages, and their targets."""
        for statement in statements:
            if isinstance(statement, ast.ImportFrom) and _of(self._packages, statement.module):
                module = statement.module or ""
                for alias in statement.names:
                    inside = f"{module}.{alias.name}"
                    bound = (
                        _Bound(inside, None) if self._has(inside) else _Bound(module, alias.name)
                    )
                    yield alias.asname or alias.name, bound
            elif isinstance(statement, ast.Import):
                for alias in statement.names:
                    if _of(self._packages, alias.name):
                        package = alias.name.partition(".")[0]
                        yield (
                            alias.asname or package,
                            _Bound(alias.name if alias.asname else package, None),
                        )

    def _has(self, module: str) -> bool:
        return _of(self._packages, module) and self._path(module).is_file()

    def _package_of(self, module: str) -> str:
        return next(name for name in self._packages if _of([name], module))

    def _path(self, module: str) -> Path:
        package = self._package_of(module)
        inside = module.removeprefix(package).removeprefix(".")
        place = self._packages[package].joinpath(*filter(None, inside.split(".")))
        return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


class _Digesting:
    """Digests definitions after their dependencies.

    Definitions that depend on each other in a circle (Tarjan 1972, doi:10.1137/0201010) are
    digested as often as the circle has members: first by their own content, then with the digests
    of those that they name.

    Args:
        code: The source that is digested.
        excluded: The names that are left out with their dependencies.
        known: The digests so far, which grow.
    """

    def __init__(self, code: Code, excluded: frozenset[Name], known: dict[Name, str]) -> None:
        self._code = code
        self._excluded = excluded
        self._known = known
        self._order: dict[Name, int] = {}
        self._lowest: dict[Name, int] = {}
        self._open: list[Name] = []

    def visit(self, name: Name) -> None:
        """Digest a definition and all that it depends on."""
        if name in self._known:
            return
        self._order[name] = self._lowest[name] = len(self._order)
        self._open.append(name)
        for _, target in self._edges(name):
            if target in self._known:
                continue
            if target not in self._order:
                self.visit(target)
            if target not in self._known:
                self._lowest[name] = min(self._lowest[name], self._lowest[target])
        if self._lowest[name] == self._order[name]:
            start = self._open.index(name)
            circle, self._open = self._open[start:], self._open[:start]
            self._digest(circle)

    def _digest(self, circle: list[Name]) -> None:
        found = {name: self._code.meaning(name) for name in circle}
        for _ in circle:
            # Sorted by content, so that the order does not depend on locations.
            edges = {
                name: sorted(
                    f"{words} {self._known.get(target) or found[target]}"
                    for words, target in self._edges(name)
                )
                for name in circle
            }
            found = {name: _sha256(self._code.meaning(name), *edges[name]) for name in circle}
        self._known.update(found)

    def _edges(self, name: Name) -> list[tuple[str, Name]]:
        return [edge for edge in self._code.edges(name) if edge[1] not in self._excluded]


class _Import(ast.stmt):
    """An import from the packages, of which only the names matter and not their sources."""

    _fields = ("names",)

    def __init__(self, original: ast.stmt, names: list[ast.Constant]) -> None:
        super().__init__()
        self.original = original
        self.names = names


class _Stripping(ast.NodeTransformer):
    """Removes every statement that is a bare string, and the sources of imports.

    Args:
        packages: The names of the packages whose imports count.
    """

    def __init__(self, packages: Iterable[str]) -> None:
        self._packages = list(packages)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        bare = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if bare else self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        if not _of(self._packages, node.module):
            return node
        return _Import(node, [ast.Constant(alias.asname or alias.name) for alias in node.names])


def _modules_in(package: str, folder: Path) -> Iterator[str]:
    """Yield the full names of the modules of a package and of its subpackages."""
    if not folder.is_dir():
        return
    yield package
    for path in sorted(folder.iterdir()):
        if _is_module(path):
            yield f"{package}.{path.stem}"
        elif path.name.isidentifier() and (path / "__init__.py").is_file():
            yield from _modules_in(f"{package}.{path.name}", path)


def _is_module(path: Path) -> bool:
    """Tell a module from what editors and file systems leave beside it."""
    return (
        path.suffix == ".py"
        and path.stem.isidentifier()
        and path.stem != "__init__"
        and path.is_file()
    )


def _of(packages: Iterable[str], module: str | None) -> bool:
    return any(f"{module}.".startswith(f"{package}.") for package in packages)


def _bound_by(statement: ast.stmt) -> list[str]:
    """List the names that a statement at top level binds or changes."""
    match statement:
        case ast.FunctionDef() | ast.ClassDef():
            return [statement.name]
        case ast.Assign():
            return [root for target in statement.targets for root in _roots(target)]
        case ast.AnnAssign() | ast.AugAssign():
            return _roots(statement.target)
    return []


def _roots(target: ast.expr) -> list[str]:
    """List the first names of a target of an assignment, which may unpack to several."""
    if isinstance(target, ast.Tuple | ast.List):
        return [root for each in target.elts for root in _roots(each)]
    return [root] if (root := _root(target)) else []


def _key(statement: ast.stmt, decorator: str) -> str | None:
    """Return the name by which a decorated definition is known; none if it is not decorated."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        for mark in statement.decorator_list:
            if _root(mark) == decorator:
                match mark:
                    case ast.Call(args=[ast.Constant(value=str(key)), *_]):
                        return key
                return statement.name
    return None


def _root(node: ast.expr) -> str | None:
    """Return the first name of an expression: `a` for `a`, `a.b`, `a[b]` and `a(b)`."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute() | ast.Subscript() | ast.Starred():
            return _root(node.value)
        case ast.Call():
            return _root(node.func)
    return None


def _chain(node: ast.expr) -> list[str]:
    """Split `a.b.c` into names; empty if it does not start with a name."""
    if isinstance(node, ast.Attribute):
        before = _chain(node.value)
        return [*before, node.attr] if before else []
    return [node.id] if isinstance(node, ast.Name) else []


def _said(node: ast.AST) -> Iterator["list[str] | _Import"]:
    """Yield the chains of names in a piece of code, and its imports from the packages."""
    if isinstance(node, _Import):
        yield node
    elif isinstance(node, ast.expr) and (chain := _chain(node)):
        yield chain
    else:
        for child in ast.iter_child_nodes(node):
            yield from _said(child)


def _sha256(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
