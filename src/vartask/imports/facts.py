"""What one Python file imports, defines and reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from vartask.imports.bindings import BindingReader, dynamic_reason, globals_declared
from vartask.imports.conditions import dotted, evaluate
from vartask.imports.evaluated import Evaluated
from vartask.imports.steps import StepReader, span_of
from vartask.imports.strings import read_strings
from vartask.model import Binding, ModuleFacts, ScopeFacts
from vartask.records import replace
from vartask.syntax.python import ParsedModule
from vartask.syntax.python_nodes import SIMPLE_STATEMENTS, children, nodes_of

Function = ast.FunctionDef | ast.AsyncFunctionDef


def module_facts(parsed: ParsedModule, path: str) -> ModuleFacts:
    """The facts of one parsed file; of a file that does not parse, only the problem."""
    tree = parsed.tree
    if tree is None:
        return ModuleFacts(path, problem=parsed.problem, uses=parsed.uses)
    assignment_expressions = bool(nodes_of(tree).of(ast.NamedExpr))
    reader = BindingReader(path, assignment_expressions=assignment_expressions)
    reader.read(tree.body)
    bindings = reader.bindings
    declared = globals_declared(tree)
    for name in declared:
        known = bindings.setdefault(name, Binding(name, "variable", span_of(tree, path), certain=False))
        bindings[name] = replace(known, since=(0, 0))
    dynamic = dynamic_reason(tree)
    evaluated = Evaluated(
        path,
        bindings,
        names=dynamic is None and parsed.scopes_are_whole,
        late_annotations=_late_annotations(tree),
        assignment_expressions=assignment_expressions,
    )
    evaluated.read(tree, declared)
    names = _simple(tree, bindings, declared)
    return ModuleFacts(
        path,
        steps=StepReader(path, names, evaluated.steps).read(tree.body),
        scopes=tuple(_scopes(tree, StepReader(path, names))),
        bindings=bindings,
        stars=tuple(reader.stars),
        classes=reader.classes,
        strings=read_strings(tree, path),
        loads=_loads(tree.body),
        exported=reader.exported,
        stores=frozenset(_stores(tree)),
        has_getattr="__getattr__" in bindings,
        dynamic=dynamic,
        problem=parsed.problem,
        uses=parsed.uses,
    )


def _late_annotations(tree: ast.Module) -> bool:
    """Whether the module has ``from __future__ import annotations`` (PEP 563)."""
    future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    return any(alias.name == "annotations" for node in future for alias in node.names)


def _stores(tree: ast.Module) -> Iterator[str]:
    """Attributes that the code sets on something other than ``self`` and ``cls``: it may be a module."""
    nodes = nodes_of(tree)
    for node in nodes.of(ast.Attribute):
        if isinstance(node.ctx, ast.Store) and dotted(node.value) not in {"self", "cls"}:
            yield node.attr
    for call in nodes.of(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id == "setattr" and len(call.args) > 1:
            name = call.args[1]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value


def simple_assignments(tree: ast.Module) -> dict[str, ast.expr]:
    """Top-level ``name = expression`` statements that alone bind their name."""
    reader = BindingReader("", assignment_expressions=bool(nodes_of(tree).of(ast.NamedExpr)))
    reader.read(tree.body)
    return _simple(tree, reader.bindings, globals_declared(tree))


def _simple(tree: ast.Module, bindings: Mapping[str, Binding], declared: AbstractSet[str]) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name, value = node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            name, value = node.target.id, node.value
        else:
            continue
        known = bindings.get(name)
        if known is not None and not known.again and name not in declared:
            found[name] = value
    return found


def _scopes(tree: ast.Module, steps: StepReader) -> Iterator[ScopeFacts]:
    """Every function of the file, methods and nested functions included."""
    pending: list[tuple[Sequence[ast.AST], str, bool]] = [(tree.body, "", False)]
    while pending:
        nodes, prefix, called_by_framework = pending.pop()
        for node in nodes:
            if node.__class__ in SIMPLE_STATEMENTS:
                continue
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                qualname = f"{prefix}{node.name}"
                yield _scope(node, qualname, called_by_framework, steps)
                pending.append((node.body, f"{qualname}.", False))
            elif isinstance(node, ast.ClassDef):
                pending.append((node.body, f"{prefix}{node.name}.", bool(node.bases or node.decorator_list)))
            elif isinstance(node, ast.If) and evaluate(node.test) is False:
                pending.append((node.orelse, prefix, called_by_framework))
            else:
                inner = [child for child in children(node) if not isinstance(child, ast.expr)]
                if inner:
                    pending.append((inner, prefix, called_by_framework))


def _scope(node: Function, qualname: str, called_by_framework: bool, steps: StepReader) -> ScopeFacts:
    dunder = node.name.startswith("__") and node.name.endswith("__")
    entry = bool(node.decorator_list) or dunder or called_by_framework
    span = span_of(node, steps.path)
    return ScopeFacts(node.name, qualname, span, steps.read(node.body), _loads(node.body), entry)


def _loads(body: Sequence[ast.stmt]) -> frozenset[str]:
    """The identifiers that a block mentions, strings that are identifiers included.

    Registries name functions by string, so a string counts as a mention: too many mentions only mean that
    more functions are taken as called.  Bodies of functions and main guards are left out.
    """
    found: set[str] = set()
    add = found.add
    pending: list[Any] = list(body)
    append, extend = pending.append, pending.extend
    while pending:
        node = pending.pop()
        kind = node.__class__
        if kind is ast.Name:
            add(node.id)
        elif kind is ast.Attribute:
            add(node.attr)
            append(node.value)
        elif kind is ast.Constant:
            if node.value.__class__ is str and node.value.isidentifier():
                add(node.value)
        elif kind is ast.Call:
            append(node.func)
            extend(node.args)
            extend(node.keywords)
        elif kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
            extend([*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)])
        elif kind is ast.If and evaluate(node.test) is False:
            extend(node.orelse)
        elif kind is ast.ImportFrom:
            # ``from jobs import run as start``: whoever calls ``start`` calls ``run``.
            found.update([alias.name for alias in node.names])
        else:
            extend(children(node))
    return frozenset(found)
