"""``Code`` of a CDK program: where the contents of a zip package or a layer come from.

Read from aws-cdk-lib 2.276 (``aws-lambda/lib/code.ts``, ``core/lib/asset-staging.ts``) and compared with what
``cdk synth`` puts into ``cdk.out``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vartask.artifact.ready_made import is_archive, made_anew
from vartask.definitions._cdk_bundling import bundled
from vartask.definitions._cdk_python_bundling import python_package
from vartask.definitions._cdk_values import Properties, from_value, made_of, member_of, properties, text_of, texts_of
from vartask.model import Filter, Part, Span, Taken, Text, Zip
from vartask.project import Project
from vartask.records import dataclass, replace
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_values import Computed, Constant, External, Made, Value, options, project_path, settled, why

_ELSEWHERE: Final = {
    "fromBucket": "an object in a bucket",
    "fromBucketV2": "an object in a bucket",
    "S3Code": "an object in a bucket",
    "S3CodeV2": "an object in a bucket",
    "bucket": "an object in a bucket",
    "fromCfnParameters": "given by parameters of the template",
    "cfnParameters": "given by parameters of the template",
    "fromCustomCommand": "made by a command",
}
_DIALECTS: Final = {"GLOB": "cdk_glob", "GIT": "gitignore", "DOCKER": "dockerignore"}


@dataclass
class Codes:
    """Reads the code of one program; ``base`` is the directory that it runs in."""

    machine: Machine

    @property
    def project(self) -> Project:
        """The files that assets are made of."""
        return self.machine.project

    def package(self, value: Value | None, span: Span) -> Zip:
        """The contents of a ``Code``."""
        if value is None:
            return Zip(span, reason="the code is not set")
        made = made_of(value)
        if made is None and len(options(value)) > 1:
            return self._one_of(options(value), span)
        if made is None:
            return Zip(span, reason=f"the code cannot be known: {why(value)}")
        service, member = member_of(made.callee)
        last = member.rpartition(".")[2]
        if service == "lambda" and last in {"fromAsset", "asset", "AssetCode"}:
            return self.asset(made)
        if service == "lambda" and last in {"fromInline", "inline", "InlineCode"}:
            return self._inline(made)
        if service == "lambda" and last == "fromDockerBuild":
            # Imported here: images are code, too, and read the paths that this module reads.
            from vartask.definitions._cdk_source_images import SourceImages

            return SourceImages(self).taken(made)
        if service == "lambda" and last in {"fromBucket", "bucket"}:
            published = _published_asset(made)
            if published is not None:
                return self.asset(published, 2)
        if service == "lambda" and last in _ELSEWHERE:
            return Zip(made.span, reason=f"the code is {_ELSEWHERE[last]}")
        return Zip(made.span, reason=f"the code is made by `{member}`, which is not known")

    def _one_of(self, ways: Sequence[Value], span: Span) -> Zip:
        """Code that a condition decides about; a Dockerfile that code may be taken out of is none of a function."""
        reason = "the code is one of several"
        packages = (self.package(one, span) for one in ways if made_of(one) is not None)
        taken = tuple(part for package in packages for part in package.parts if isinstance(part, Taken))
        return Zip(span, taken[:1], reason=reason)

    def _inline(self, made: Made) -> Zip:
        text = text_of(made.argument(0) or made.keywords.get("code"))
        if isinstance(text, Text):
            return Zip(made.span, inline=text)
        return Zip(
            made.span, reason=f"the inline code cannot be known: {text.reason if text is not None else 'it is not set'}"
        )

    # -- assets -----------------------------------------------------------------------------------

    def path(self, value: Value | None) -> tuple[str | None, str]:
        """The project's path that a program names, or ``None`` and why it cannot be used."""
        text = text_of(value)
        if not isinstance(text, Text):
            return None, f"the path cannot be known: {text.reason if text is not None else 'it is not set'}"
        path = project_path(text.value, self.machine.base)
        if path is None:
            return None, f"`{text.value}` leads out of the repository"
        if self.project.kind(path) is None:
            return None, f"`{path}` does not exist: a build step makes it"
        if self.project.ignored(path) and not is_archive(path):
            return None, f"`{path}` is ignored by git: a build step makes it"
        return path, ""

    def asset(self, made: Made, at: int = 1) -> Zip:
        """``Code.fromAsset(path, options)``, or an ``Asset`` with its ``path`` among the properties."""
        asked = properties(made, at)
        given = made.argument(0) if at == 1 else None
        given = given or made.keywords.get("path") or asked.get("path")
        path, reason = self.path(given)
        if path is None:
            return Zip(made.span, reason=reason)
        span = given.span if given is not None and given.span.line else made.span
        if is_archive(path) and self.project.is_file(path):
            doubt = made_anew(self.project, path)
            if doubt is not None:
                return Zip(span, reason=f"the archive `{path}` {doubt}", built=path)
            return Zip(span, (Part(path, span),))
        bundling = asked.get("bundling")
        if bundling is not None:
            return bundled(self.machine, path, from_value(bundling, made.span), span)
        filters = excluded(asked)
        if isinstance(filters, Computed):
            return Zip(span, reason=f"what the asset leaves out cannot be known: {filters.reason}")
        reason_more = None if asked.more is None else f"the asset's options cannot be known: {asked.more.reason}"
        return Zip(span, (Part(path, span, filters=filters),), reason=reason_more)

    def python(self, asked: Properties, span: Span, into: str = "") -> Zip:
        """What the alpha module's ``PythonFunction`` and ``PythonLayerVersion`` bundle."""
        path, reason = self.path(asked.get("entry"))
        if path is None:
            return Zip(span, reason=reason)
        entry = asked.get("entry")
        return python_package(self.machine, path, asked, entry.span if entry is not None else span, into)


def _published_asset(made: Made) -> Made | None:
    """The ``aws-s3-assets.Asset`` that ``Code.fromBucket(asset.bucket, asset.s3ObjectKey)`` means."""
    key = settled(made.argument(1) or made.keywords.get("key"))
    if not isinstance(key, Made) or not key.member or not key.callee.endswith(("s3ObjectKey", "s3_object_key")):
        return None
    holder = made_of(key.receiver)
    return holder if holder is not None and member_of(holder.callee) == ("s3-assets", "Asset") else None


def excluded(asked: Properties) -> tuple[Filter, ...] | Computed:
    """``exclude`` with ``ignoreMode``."""
    patterns = texts_of(asked.get("exclude"))
    if patterns is None:
        return ()
    if isinstance(patterns, Computed):
        return patterns
    mode = asked.get("ignoreMode")
    name = mode.name.rpartition(".")[2] if isinstance(mode, External) else "GLOB" if mode is None else ""
    if isinstance(mode, Constant):
        name = str(mode.value).upper()
    if name not in _DIALECTS:
        return Computed(f"its `ignoreMode`: {why(mode)}", asked.span)
    return (Filter(_DIALECTS[name], patterns),) if patterns else ()


def with_doubt(package: Zip, reason: str) -> Zip:
    """A package of which more is not known."""
    return replace(package, reason=package.reason or reason)
