"""Which built package is a function's: one that the user names, one in a tool's output, or what its definition names.

Matched by what is certain: the function's name in its definition, its handler, and the directory it was built from.
What may belong to two functions is nobody's.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from vartask.data.public_layers import layer_name
from vartask.model import Function, Layer, LocalLayer, Part, Zip
from vartask.records import dataclass, field
from vartask.verify import outputs
from vartask.verify.outputs import BadOutput, Entry, Output
from vartask.verify.outputs.sam import TEMPLATES as SAM_TEMPLATES
from vartask.verify.packages import Package, newest

EVERY: Final = "*"
"""The name under which a package for all zip functions is given."""

_INLINE: Final = "index.py"
"""CloudFormation's name for code that stands in the template
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html)."""

_ADDED_TO_INLINE: Final = "cfnresponse.py"
_CFNRESPONSE: Final = '''"""Answers to CloudFormation: a module with the names that AWS's own has."""

import json

import urllib3

SUCCESS, FAILED = "SUCCESS", "FAILED"
http = urllib3.PoolManager()


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    answer = {
        "Status": responseStatus,
        "Reason": reason or "See " + context.log_stream_name,
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "NoEcho": noEcho,
        "Data": responseData,
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    http.request("PUT", event["ResponseURL"], headers={"content-type": ""}, body=json.dumps(answer))
'''
"""CloudFormation puts this module beside code in a template
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/cfn-lambda-function-code-cfnresponsemodule.html).
"""

_HOW: Final = {
    "sam": "run `sam build`",
    "cloudformation": "run `sam build`, which builds CloudFormation's functions too",
    "serverless": "run `npx serverless package`",
    "cdk": "run `npx cdk synth`",
    "chalice": "run `chalice package DIRECTORY` and name it by --artifact DIRECTORY",
    "zappa": "run `zappa package`",
    "terraform": "run the step that makes it (an archive_file: `terraform plan`)",
}
"""What writes the package of a kind of definition."""


_BY_TEMPLATE: Final = frozenset({"sam", "cloudformation"})


class NotBuilt(Exception):
    """There is no package that is certainly the function's; one line says why and what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """The package of a function: ``written`` is when it was built, in seconds, ``None`` where that means nothing.

    ``output`` is the tool's output that it was found in.
    """

    package: Package
    written: float | None = None
    output: Output | None = None
    path: Path | None = None

    @property
    def where(self) -> Path:
        """Where it was found, which need not be where the same build is taken from."""
        return self.path or self.package.path


@dataclass
class Artifacts:
    """Finds packages below ``root`` for ``functions``; ``named`` and ``layers`` are the user's, by name."""

    root: Path
    functions: Sequence[Function]
    named: Mapping[str, Path] = field(default_factory=dict)
    layers: Mapping[str, Path] = field(default_factory=dict)
    _read: dict[Path, Output | None] = field(default_factory=dict)
    _damaged: dict[Path, str] = field(default_factory=dict)

    def package(self, function: Function) -> Found:
        """The function's package.  Raises :class:`NotBuilt`."""
        named = self._named(function)
        if named is not None:
            return named
        found = self._choice(function)
        if found is not None:
            self._refuse_shared(function, *found)
            output, entry = found
            return _found(output, entry)
        for output in self._outputs(function):
            if output.shared is not None:
                return Found(Package(output.shared, output.readable), output.written, output)
        direct = self._direct(function.artifact) if isinstance(function.artifact, Zip) else None
        if direct is not None:
            return direct
        raise NotBuilt(self._what_to_do(function))

    def _named(self, function: Function) -> Found | None:
        """What ``--artifact`` says: a package, or a tool's output with the packages of several functions."""
        path = self.named.get(function.name) or self.named.get(function.own_name or "")
        # Code that stands in the template is nobody else's, whatever is named for all.
        written_in = isinstance(function.artifact, Zip) and function.artifact.inline is not None
        path = path or (None if written_in else self.named.get(EVERY))
        if path is None:
            return None
        output = self._output(path) if path.is_dir() else None
        if path in self._damaged:
            raise NotBuilt(self._damaged[path])
        if output is None:
            return Found(Package(path), None if path.is_dir() else newest([path]))
        entries = list(_matching(output, function))
        best = [entry for rank, entry in entries if rank == min(one for one, _ in entries)]
        packages = {entry.package for entry in best} or {one for one in (output.shared,) if one is not None}
        if len(packages) != 1:
            which = "several packages" if packages else "no package"
            raise NotBuilt(f"{self.shown(path)} has {which} for it: name its own by --artifact {function.name}=PATH")
        return Found(Package(packages.pop(), output.readable), output.written, output)

    # -- outputs ----------------------------------------------------------------------------------

    def _choice(self, function: Function) -> tuple[Output, Entry] | None:
        """The entry that the function is.  Raises :class:`NotBuilt` where it may be another."""
        near = list(self._outputs(function))
        named = [(rank, output, entry) for output in near for rank, entry in _matching(output, function)]
        found = list(self._of_source(function, named))
        if not found:
            return None
        best = min(rank for rank, _, _ in found)
        nearest = next(output for rank, output, _ in found if rank == best)
        own = [entry for rank, output, entry in found if rank == best and output is nearest]
        if len({entry.source or entry.package for entry in own}) > 1 and len({entry.package for entry in own}) > 1:
            raise NotBuilt(
                f"{self.shown(nearest.directory)} has several packages that may be its own"
                f" ({', '.join(self.shown(entry.package) for entry in own[:3])}):"
                f" name one by --artifact {function.name}=PATH"
            )
        return nearest, own[0]

    def _of_source(
        self, function: Function, found: list[tuple[int, Output, Entry]]
    ) -> Iterator[tuple[int, Output, Entry]]:
        """Without those that were built from another directory of the project, or that lie outside of it.

        A repository may come with such outputs: they are not to bring files of this machine into a report.
        """
        source = function.artifact.source if isinstance(function.artifact, Zip) else None
        own = None if source is None else os.path.normpath(self.root / source)
        for one in found:
            entry = one[2]
            elsewhere = entry.source is not None and Path(entry.source).is_relative_to(self.root)
            if elsewhere and own not in {None, entry.source}:
                continue
            if Path(os.path.realpath(entry.package)).is_relative_to(self.root):
                yield one

    def _refuse_shared(self, function: Function, output: Output, entry: Entry) -> None:
        others = [one for one in self._claims.get((output.directory, entry), ()) if one.span != function.span]
        if others:
            raise NotBuilt(
                f"{self.shown(entry.package)} may be its package or that of {others[0].name} ({others[0].span}):"
                f" name one by --artifact {function.name}=PATH"
            )

    @cached_property
    def _claims(self) -> dict[tuple[Path, Entry], list[Function]]:
        """The functions that an entry may be."""
        claims: dict[tuple[Path, Entry], list[Function]] = {}
        for function in self.functions:
            try:
                found = self._choice(function) if isinstance(function.artifact, Zip) else None
            except NotBuilt:
                continue
            if found is not None:
                claims.setdefault((found[0].directory, found[1]), []).append(function)
        return claims

    def _outputs(self, function: Function) -> Iterator[Output]:
        """The outputs of its tool in the directories above its definition and its code, the nearest first."""
        for directory in _above(_places(function)):
            for place in outputs.near(self.root / directory):
                output = self._output(place)
                if output is not None and function.declared_by in output.tool:
                    yield output

    def _output(self, directory: Path) -> Output | None:
        if directory not in self._read:
            try:
                self._read[directory] = outputs.read(directory)
            except BadOutput as error:
                self._read[directory] = None
                self._damaged[directory] = str(error)
        return self._read[directory]

    # -- what a definition names ------------------------------------------------------------------

    def _direct(self, package: Zip) -> Found | None:
        """The archive that a definition names, or the one directory or file that is zipped as it is."""
        if package.inline is not None:
            texts = ((_INLINE, package.inline.value), (_ADDED_TO_INLINE, _CFNRESPONSE))
            return Found(Package(Path(_INLINE), texts=texts), path=self.root / package.inline.span.path)
        if package.built is not None and (self.root / package.built).exists():
            path = self.root / package.built
            return Found(Package(path), newest([path]))
        part = package.parts[0] if len(package.parts) == 1 else None
        if not isinstance(part, Part) or package.reason is not None or (part.into, part.mode) != ("", None):
            return None
        path = self.root / part.source
        renamed = part.name is not None and part.name != path.name
        return None if part.filters or renamed or not path.exists() else Found(Package(path))

    def _what_to_do(self, function: Function) -> str:
        how = _HOW.get(function.declared_by)
        directory, file = posixpath.split(function.span.path)
        if how is not None and function.declared_by in _BY_TEMPLATE and (directory or file not in SAM_TEMPLATES):
            how = how.replace("sam build", f"sam build --template {function.span.path}")
        elif how is not None and directory and function.declared_by == "serverless":
            how += f" in {directory}"
        first = f"{how}, or " if how else ""
        near = [place for directory in _above(_places(function)) for place in outputs.near(self.root / directory)]
        damage = next((f" ({self._damaged[place]})" for place in near if place in self._damaged), "")
        return f"its zip package is not built{damage}: {first}name it by --artifact {function.name}=PATH"

    # -- layers -----------------------------------------------------------------------------------

    def layer(self, layer: Layer, found: Found, *, only: bool) -> Found | None:
        """The package of one of the function's layers, ``None`` where nobody has it.

        ``only`` says that the function has no other, so that a path without a name is meant for it.
        """
        path = self._named_layers.get(layer.name) or (self._named_layers.get(EVERY) if only else None)
        if path is not None:
            return Found(Package(path), None if path.is_dir() else newest([path]))
        if not isinstance(layer, LocalLayer):
            return None
        output = found.output
        path = output.layers.get(layer.name) if output is not None else None
        if output is not None and path is not None:
            return Found(Package(path, output.readable), output.written, output)
        return self._direct(layer.package)

    @cached_property
    def _named_layers(self) -> dict[str, Path]:
        """The user's packages by the names that layers have here: an ARN counts with its layer's name."""
        return {layer_name(name) or name: path for name, path in self.layers.items()}

    def shown(self, path: Path) -> str:
        """A path as a user calls it: from the project's root where it is below it."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def _found(output: Output, entry: Entry) -> Found:
    return Found(Package(entry.twin or entry.package, output.readable), output.written, output, entry.package)


def _matching(output: Output, function: Function) -> Iterator[tuple[int, Entry]]:
    """The entries that go by the function's name and handler; the lower the number, the surer the name."""
    name = function.own_name or function.name
    handler = function.handler.value if function.handler is not None else None
    for entry in output.entries:
        if name in entry.names and (handler is None or entry.handler is None or handler == entry.handler):
            yield entry.names.index(name), entry


def _places(function: Function) -> Iterable[str]:
    yield posixpath.dirname(function.span.path)
    for part in function.artifact.parts if isinstance(function.artifact, Zip) else ():
        if isinstance(part, Part):
            yield part.written_in
            yield part.source


def _above(places: Iterable[str]) -> Iterator[str]:
    """Directories and those above them, the nearest first."""
    done: set[str] = set()
    for place in places:
        here = place
        while here not in done:
            done.add(here)
            yield here
            here = posixpath.dirname(here)
