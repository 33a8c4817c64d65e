"""What the assets of a cloud assembly hold, as packages of functions and layers and as images."""

from __future__ import annotations

import posixpath
from typing import Final

from vartask.artifact.ready_made import is_archive
from vartask.artifact.same import same_contents
from vartask.definitions._cdk_freshness import newer_than
from vartask.definitions._cdk_origins import Origins
from vartask.discovery import ASSEMBLY_MANIFEST
from vartask.model import Image, Part, Span, Text, Zip
from vartask.project import Project
from vartask.records import dataclass
from vartask.syntax.cdk_resources import CdkResource
from vartask.syntax.cloudformation import Known, Unresolved

_PLATFORMS: Final = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
_IGNORE_FILES: Final = frozenset({".dockerignore"})


@dataclass
class Packages:
    """Reads the assets of one assembly, which stands in ``assembly``."""

    project: Project
    assembly: str
    origins: Origins

    # -- zip ------------------------------------------------------------------------------------------

    def code(self, function: CdkResource, span: Span) -> Zip:
        """A function's package."""
        inline = function.text("Code", "ZipFile")
        if isinstance(inline, Known):
            return Zip(span, inline=Text(inline.value, inline.span))
        if inline is not None:
            return Zip(span, reason=f"the inline code cannot be known: {inline.reason}")
        return self.contents(function, "Code", span)

    def contents(self, resource: CdkResource, key: str, span: Span) -> Zip:
        """What an asset holds that a property names."""
        asset = resource.asset(key)
        if asset is None:
            return Zip(span, reason="its code is not an asset of the assembly")
        kind = self.project.kind(asset.path)
        if kind is None:
            return Zip(
                span, reason=f"the asset {asset.path} is missing: `cdk deploy` makes it, or it was made elsewhere"
            )
        if kind == "f":
            if not is_archive(asset.path):
                return Zip(span, reason=f"the asset {asset.path} is an archive whose contents are not read")
            return Zip(span, (Part(asset.path, span),))
        origin = self.origins.of(asset.path)
        if origin is None:
            return Zip(span, (Part(asset.path, span),))
        return self._copy(asset.path, origin, bundled=resource.is_bundled, span=span)

    def _copy(self, asset: str, origin: str, *, bundled: bool, span: Span) -> Zip:
        """An asset whose directory is known; outside the application that may have been written to since."""
        changed = self._written_since(origin)
        if changed is None and not bundled:
            changed = self.origins.changed(asset, origin)
        if changed is None:
            return Zip(span, (Part(asset, span, copy_of=origin),))
        reason = f"`{changed}` has been written since `cdk synth`"
        if bundled:
            return Zip(span, (Part(asset, span, copy_of=origin),), reason=reason)
        return Zip(span, (Part(origin, span),), reason=reason)

    def _written_since(self, origin: str) -> str | None:
        written = self.project.modified(f"{self.assembly}/{ASSEMBLY_MANIFEST}")
        return newer_than(self.project, origin, written) if written is not None else None

    # -- image ----------------------------------------------------------------------------------------

    def image(self, function: CdkResource, span: Span) -> Image:
        """A function's image, with the template's overrides."""
        built = self._built(function, span)
        doubts: list[str] = []
        command = _texts(function, "Command", span, doubts)
        entrypoint = _texts(function, "EntryPoint", span, doubts)
        directory = function.text("ImageConfig", "WorkingDirectory")
        if isinstance(directory, Unresolved):
            doubts.append(f"`WorkingDirectory` cannot be known: {directory.reason}")
        if doubts:
            return Image(None, None, span, reason=doubts[0])
        return Image(
            built.dockerfile,
            built.context,
            span,
            built.target,
            built.build_args,
            built.platform or _PLATFORMS.get(function.architecture() or ""),
            command,
            entrypoint,
            Text(directory.value, span) if isinstance(directory, Known) else None,
            built.reference,
            built.reason,
        )

    def _built(self, function: CdkResource, span: Span) -> Image:
        asset = function.asset("Code")
        if asset is None:
            named = function.text("Code", "ImageUri")
            reference = named.value if isinstance(named, Known) else None
            reason = None if reference else "its image is not an asset of the assembly"
            return Image(None, None, span, reference=reference, reason=reason)
        if asset.dockerfile is None or not self.project.is_dir(asset.path):
            return Image(None, None, span, reason=f"the asset {asset.path} is not a directory with a Dockerfile")
        dockerfile = posixpath.normpath(posixpath.join(asset.path, asset.dockerfile))
        if not self.project.is_file(dockerfile):
            return Image(None, None, span, reason=f"{dockerfile} does not exist")
        context = asset.path
        origin = self.origins.of(asset.path)
        if origin is not None:
            original = posixpath.normpath(posixpath.join(origin, asset.dockerfile))
            if same_contents(self.project, dockerfile, original):
                dockerfile = original
            if self._is_whole(asset.path, origin):
                context = origin
        return Image(dockerfile, context, span, asset.target, dict(asset.build_args), asset.platform)

    def _is_whole(self, asset: str, origin: str) -> bool:
        """Whether the asset is what a build in ``origin`` would send: all of it, or less by a ``.dockerignore``."""
        if self.origins.changed(asset, origin) is not None:
            return False
        if _IGNORE_FILES.intersection(self.project.listdir(origin)):
            return True
        prefix = "" if origin == "." else origin + "/"
        copied = set(self.origins.files(asset))
        return all(path[len(prefix) :] in copied for path in self.project.files if path.startswith(prefix))


def _texts(function: CdkResource, key: str, span: Span, doubts: list[str]) -> tuple[Text, ...] | None:
    words = function.words("ImageConfig", key)
    if words is None:
        return None
    values = words if isinstance(words, list) else [words]
    known = [Text(word.value, span) for word in values if isinstance(word, Known)]
    if len(known) < len(values):
        doubts.append(f"`ImageConfig.{key}` is known at deployment only")
        return None
    return tuple(known) or None
