"""What typeshed says of the standard library: which names a module has from which version on.

Source: https://github.com/python/typeshed (Apache License 2.0), as mypy ships it.  Only names and version bounds are
taken from it, nothing of its text.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

VERSIONS = tuple((3, minor) for minor in range(6, 15))
Version = tuple[int, int]


@dataclass
class Stub:
    """Names of one module per version; a name of any platform counts."""

    names: dict[str, set[Version]] = field(default_factory=dict)
    stars: list[tuple[str, frozenset[Version]]] = field(default_factory=list)

    def add(self, name: str, versions: frozenset[Version]) -> None:
        """Note a name."""
        self.names.setdefault(name, set()).update(versions)


def _holds(test: ast.expr, version: Version) -> bool | None:
    """A ``sys.version_info`` test; ``None`` for any other."""
    if isinstance(test, ast.BoolOp):
        parts = [_holds(value, version) for value in test.values]
        if isinstance(test.op, ast.And):
            return False if False in parts else (None if None in parts else True)
        return True if True in parts else (None if None in parts else False)
    if not (isinstance(test, ast.Compare) and ast.unparse(test.left) == "sys.version_info"):
        return None
    bound = ast.literal_eval(test.comparators[0])
    return {ast.GtE: version >= bound, ast.Lt: version < bound}[type(test.ops[0])]  # type: ignore[index]


def _targets(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        # PEP 484: in a stub only ``import x as x`` says that the module has the name.
        return [alias.name for alias in node.names if alias.asname == alias.name]
    if isinstance(node, (ast.Assign, ast.AugAssign)) and ast.unparse(node).startswith("__all__"):
        return [item.value for item in ast.walk(node) if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", getattr(node, "name", None))]
    return [name.id for target in targets if target for name in ast.walk(target) if isinstance(name, ast.Name)]


def _read(body: list[ast.stmt], versions: frozenset[Version], package: str, stub: Stub) -> None:
    for node in body:
        if isinstance(node, ast.If):
            yes = frozenset(version for version in versions if _holds(node.test, version) is not False)
            no = frozenset(version for version in versions if _holds(node.test, version) is not True)
            _read(node.body, yes, package, stub)
            _read(node.orelse, no, package, stub)
            continue
        for name in _targets(node):
            stub.add(name, versions)
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            stub.stars.append((".".join([*base, *([node.module] if node.module else [])]), versions))


def stubs(directory: Path) -> dict[str, Stub]:
    """Every module that has a stub."""
    found: dict[str, Stub] = {}
    for path in sorted(directory.rglob("*.pyi")):
        parts = path.relative_to(directory).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        package = name if is_package else name.rpartition(".")[0]
        stub = found[name] = Stub()
        _read(ast.parse(path.read_text(encoding="utf-8")).body, frozenset(VERSIONS), package, stub)
    for _ in range(4):  # chains of star imports are short
        for stub in found.values():
            for source, versions in stub.stars:
                for name, there in (found[source].names if source in found else {}).items():
                    if not name.startswith("_"):
                        stub.add(name, versions & there)
    return found


def lifetimes(directory: Path) -> dict[str, tuple[Version, Version | None]]:
    """Module -> first and last version, from typeshed's own list."""
    result = {}
    for line in (directory / "VERSIONS").read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text:
            name, _, bounds = text.partition(":")
            first, _, last = bounds.strip().partition("-")
            result[name] = (_version(first), _version(last) if last else None)
    return result


def _version(text: str) -> Version:
    major, minor = text.split(".")
    return int(major), int(minor)
