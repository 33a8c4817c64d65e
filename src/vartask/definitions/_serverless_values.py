"""The values of a Serverless Framework service, its variables resolved as far as the repository alone allows.

https://www.serverless.com/framework/docs/providers/aws/guide/variables.  No options are given and nothing is set in
the environment, as for ``serverless package`` on a fresh machine: then a fallback counts, and where there is none the
value is unknown.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Final

from vartask.definitions._serverless_programs import MORE, PROGRAMS, computed, exported
from vartask.model import Span, Text
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field
from vartask.syntax.cloudformation import MAX_TEXT, Known, Unresolved, intrinsic, shown, written
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node, Scalar
from vartask.syntax.nodes import Sequence as List
from vartask.syntax.serverless_variables import (
    Literal,
    Parts,
    Source,
    Variable,
    VariableError,
    has_variables,
    parse,
)
from vartask.syntax.yaml import YamlError, read_yaml

Answer = Node | Unresolved | None
"""A value whose own variables may still be open, why there is none, or ``None`` for one that is not set."""

_MAX_DEPTH: Final = 40
_READ: Final = (".yml", ".yaml", ".json", ".tfstate")
_DOTENV: Final = regex(r"^\s*(?:export\s+)?([\w.-]+)\s*[=:]\s*(.*?)\s*$", re.MULTILINE)
_PLACEHOLDER: Final = regex(r"[$#]\{|\{\{|\{%|<%|^__[A-Z0-9_]+__$")
DEFAULT_STAGE: Final = "dev"


@dataclass
class Values:
    """Looks values up in one service file.

    ``base`` is the directory that the framework is started in, ``given`` the parameters that a compose file hands over.
    """

    project: Project
    root: Map
    base: str
    given: Map | None = None
    dotenv: bool = False
    _files: dict[str, Answer] = field(default_factory=dict)
    _values: dict[int, tuple[Node, Answer]] = field(default_factory=dict)
    _depth: int = 0

    # -- by path ------------------------------------------------------------------------------------

    def get(self, *keys: str) -> Answer:
        """The value below the service's root, variables on the way and at the end resolved."""
        return self.below(self.root, keys)

    def below(self, node: Answer, keys: Sequence[str]) -> Answer:
        """The value below a node."""
        here = self.value(node)
        for key in keys:
            here = self._step(here, key)
            if here is None or isinstance(here, Unresolved):
                return here
        return here

    def _step(self, here: Answer, key: str) -> Answer:
        if isinstance(here, Map):
            if intrinsic(here) is not None:
                return Unresolved(f"`{written(here)}` is computed at deployment", here.span)
            return self.value(here.get(key))
        if isinstance(here, List) and key.isdecimal():
            return self.value(here.items[int(key)]) if int(key) < len(here.items) else None
        return None if not isinstance(here, Unresolved) else here

    def items(self, node: Answer) -> Iterator[tuple[Scalar, Node]]:
        """The entries of a mapping, as they are written."""
        here = self.value(node)
        if isinstance(here, Map) and intrinsic(here) is None:
            yield from ((key, value) for key, value in here.items() if key.value != MORE)

    def more(self, node: Answer) -> Unresolved | None:
        """Why a mapping may have other entries than are written out."""
        here = self.value(node)
        found = self.value(here.get(MORE)) if isinstance(here, Map) else None
        return found if isinstance(found, Unresolved) else None

    def texts(self, node: Answer) -> list[Text] | Unresolved:
        """A list of strings; what is not set is empty, and one entry that is unknown makes all of it unknown."""
        here = self.value(node)
        if isinstance(here, Unresolved):
            return here
        if not isinstance(here, List):
            return []
        found: list[Text] = []
        for item in here.items:
            text = self.text(item)
            if isinstance(text, Unresolved):
                return text
            if text is not None:
                found.append(Text(text.value, text.span))
        return found

    def flag(self, node: Answer) -> bool | Unresolved:
        """Whether a value counts as true in JavaScript."""
        here = self.value(node)
        if isinstance(here, Unresolved):
            return here
        if isinstance(here, Scalar):
            return not here.is_null and not (here.plain and here.value.lower() in {"false", "0"}) and here.value != ""
        return here is not None

    def text(self, node: Answer) -> Known | Unresolved | None:
        """The string that a node stands for."""
        here = self.value(node)
        if here is None or isinstance(here, Unresolved):
            return here
        if isinstance(here, Scalar) and here.tag is None:
            return Known(here.value, here.span)
        if intrinsic(here) is not None:
            return Unresolved(f"`{written(here)}` is computed at deployment", here.span)
        return Unresolved("a string was expected here", here.span)

    def literal(self, node: Answer) -> Known | Unresolved | None:
        """Like :meth:`text`, for what names a file or handler: a placeholder of another tool is not yet a value."""
        found = self.text(node)
        if isinstance(found, Known) and _PLACEHOLDER.search(found.value):
            return Unresolved(f"`{shown(found.value)}` is a placeholder that something else fills in", found.span)
        return found

    # -- variables ----------------------------------------------------------------------------------

    def value(self, node: Answer) -> Answer:
        """The node itself, or what the variable in its place stands for."""
        if not isinstance(node, Scalar):
            return node
        reason = computed(node)
        if reason is not None:
            return Unresolved(reason, node.span)
        if node.is_null:
            return None
        if not has_variables(node.value) or (node.tag is not None and node.tag.startswith("!")):
            return node
        known = self._values.get(id(node))
        if known is None:
            # Entered first, so that a value that leads back to itself finds this answer and not the same question.
            self._values[id(node)] = (node, Unresolved("the value refers to itself", node.span))
            known = self._values[id(node)] = (node, self._resolved(node))
        return known[1]

    def _resolved(self, node: Scalar) -> Answer:
        if self._depth > _MAX_DEPTH:
            return Unresolved("the value is nested too deep", node.span)
        self._depth += 1
        try:
            return self._filled(parse(node.value), node)
        except VariableError as error:
            return Unresolved(str(error), node.span)
        finally:
            self._depth -= 1

    def _filled(self, parts: Parts, node: Scalar) -> Answer:
        if len(parts) == 1 and isinstance(parts[0], Variable):
            return self._variable(parts[0], node.span)
        text = self._joined(parts, node.span)
        return text if isinstance(text, Unresolved) else Scalar(text, node.span, plain=False)

    def _joined(self, parts: Parts, span: Span) -> str | Unresolved:
        done: list[str] = []
        for part in parts:
            if isinstance(part, str):
                done.append(part)
                continue
            value = self.text(self._variable(part, span))
            if not isinstance(value, Known):
                return value or Unresolved(f"`{shown(part.written)}` has no value", span)
            done.append(value.value)
            if sum(map(len, done)) > MAX_TEXT:
                return Unresolved("the value is too long", span)
        return "".join(done)

    def _variable(self, variable: Variable, span: Span) -> Answer:
        """The first of its sources that has a value."""
        unknown: Unresolved | None = None
        for source in variable.sources:
            if isinstance(source, Literal):
                return None if source.value is None else Scalar(source.value, span, plain=not source.quoted)
            found = self.value(self._source(source, span))
            if isinstance(found, Unresolved) and found.reason == _OPEN:
                unknown = Unresolved(f"`{shown(variable.written)}` is set where the service is deployed", span)
            elif found is not None:
                return found
        return unknown or Unresolved(f"`{shown(variable.written)}` has no value in the repository", span)

    def _source(self, source: Source, span: Span) -> Answer:
        words = [self._joined(parts, span) for parts in source.parameters]
        address = self._joined(source.address, span) if source.address is not None else ""
        for word in (*words, address):
            if isinstance(word, Unresolved):
                return word
        parameters = [word for word in words if isinstance(word, str)]
        if not isinstance(address, str):
            return address
        if source.type == "self":
            return self._self(address, span)
        if source.type == "file" and parameters:
            return self._file(parameters[0], address, span)
        if source.type == "strToBool" and parameters:
            return Scalar("true" if parameters[0].strip().lower() in {"true", "1"} else "false", span)
        return self._outside(source.type, address, span)

    def _self(self, address: str, span: Span) -> Answer:
        keys = _keys(address)
        found = self.below(self.root, keys)
        if found is None and keys == ["provider", "stage"]:
            return Scalar(DEFAULT_STAGE, span, plain=False)
        return found

    def _outside(self, kind: str, address: str, span: Span) -> Answer:
        """What the command line, the environment or the cloud say."""
        if kind == "sls" and address == "stage":
            return Scalar(self.stage, span, plain=False)
        if kind == "aws" and address == "region":
            region = self.get("provider", "region")
            return Scalar("us-east-1", span, plain=False) if region is None else region
        if kind == "param":
            return self._parameter(address)
        if kind == "env":
            value = self._environment(address)
            return Unresolved(_OPEN, span) if value is None else Scalar(value, span, plain=False)
        if kind == "opt":
            return Unresolved(_OPEN, span)
        return Unresolved(f"`{kind}:{shown(address)}` is known at deployment only", span)

    @property
    def stage(self) -> str:
        """The stage that is deployed when no option names one."""
        found = self.text(self.get("provider", "stage"))
        return found.value if isinstance(found, Known) else DEFAULT_STAGE

    def _parameter(self, name: str) -> Answer:
        """``params`` of version 3, ``stages.*.params`` of version 4; the stage's own before the default.

        What a compose file gives comes first in version 3 and last in version 4: where both have a value, nobody knows.
        """
        given = self.given.get(name) if self.given is not None else None
        own = self._own_parameter(name)
        if given is None:
            return Unresolved(_OPEN, self.root.span) if own is None else own
        if own is not None:
            return Unresolved(f"`{shown(name)}` has two values", given.span)
        if isinstance(given, Scalar) and has_variables(given.value):
            return Unresolved(f"`{shown(given.value)}` is what another service gives", given.span)
        return given

    def _own_parameter(self, name: str) -> Answer:
        places = (("params", self.stage), ("stages", self.stage, "params"), ("params", "default"))
        for place in (*places, ("stages", "default", "params")):
            found = self.get(*place, name)
            if found is not None:
                return found
        return None

    def _environment(self, name: str) -> str | None:
        """A variable that a ``.env`` file beside the service sets (dotenv, which version 4 always reads)."""
        for path in (f".env.{self.stage}", ".env") if self.dotenv else ():
            full = self.project.join(self.base, path)
            if full is None or not self.project.is_file(full):
                continue
            try:
                found = dict(_DOTENV.findall(self.project.read_text(full)))
            except Unreadable:
                return None
            value = found.get(name)
            return None if value is None or "$" in value else value.strip("'\"")
        return None

    # -- files --------------------------------------------------------------------------------------

    def _file(self, written_path: str, address: str, span: Span) -> Answer:
        path = self.project.join(self.base, written_path.removeprefix("~/"))
        name = shown(written_path)
        if path is None or written_path.startswith("~"):
            return Unresolved(f"`{name}` is outside the repository", span)
        if not self.project.is_file(path):
            # A file that git ignores is there when somebody deploys; of any other, the framework takes a fallback.
            missing = self.project.ignored(path)
            return Unresolved(f"`{name}` is not in the repository", span) if missing else None
        keys = _keys(address)
        if path.endswith(PROGRAMS):
            # The first name is the export; what that gives, if it is a function, the others look into.
            return self.below(exported(self.project, path, *keys[:1]), keys[1:])
        if path not in self._files:
            self._files[path] = self._read(path, span)
        return self.below(self._files[path], keys)

    def _read(self, path: str, span: Span) -> Answer:
        try:
            text = self.project.read_text(path)
            if not path.endswith(_READ):
                return Scalar(text, Span(path), plain=False)
            documents = read_yaml(text, path)
        except (Unreadable, YamlError) as error:
            return Unresolved(f"`{posixpath.basename(path)}` cannot be read: {error}", span)
        return documents[0].root if documents else None


_OPEN: Final = "not given"
"""The reason of a source that the command line or the environment may fill: a fallback then counts."""


def _keys(address: str) -> list[str]:
    return [key for key in re.split(r"[.\[\]]", address) if key]
