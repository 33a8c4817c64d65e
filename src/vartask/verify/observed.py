"""The tree that rules are run on: what was seen, with what the prediction knows of where it comes from."""

from __future__ import annotations

from vartask.model import FileTree, ImageConfig, Observation, Present, Span, Unknown, UnknownRegion
from vartask.records import dataclass, replace
from vartask.verify.drift import Digest, closed


def observed_tree(predicted: FileTree, seen: Observation, at: Span, digest: Digest) -> FileTree:
    """Below the roots that were looked at every path is as it was seen; elsewhere the prediction stands.

    ``at`` is the place that findings in files of no known origin are given.
    """
    inside = tuple(root.rstrip("/") + "/" for root in seen.roots)
    entries = {path: entry for path, entry in predicted.entries.items() if not path.startswith(inside)}
    traced = _Traced(predicted, seen, at, digest)
    entries |= {path: traced.entry(path, entry) for path, entry in seen.tree.entries.items()}
    config = _config(predicted.config, seen.tree.config)
    dark = tuple(UnknownRegion(path, "its mode keeps Lambda's user out") for path in sorted(closed(seen)))
    return FileTree(entries, (*_regions(predicted, seen.roots), *dark), predicted.removed, config)


@dataclass(frozen=True)
class _Traced:
    """Finds for what was seen the file of the project that it is a copy of; else the text that was seen in it."""

    predicted: FileTree
    seen: Observation
    at: Span
    digest: Digest

    def entry(self, path: str, entry: Present) -> Present:
        """One path."""
        known = self.predicted.entries.get(path)
        put_by = self._put_by(path)
        if entry.kind != "f":
            return replace(entry, put_by=put_by)
        found = self.seen.digests.get(path)
        if known is not None and (found is None or self._is_copy(known, found)):
            return replace(known, mode=entry.mode, uid=entry.uid, gid=entry.gid)
        text = self.seen.texts.get(path)
        if text is not None:
            return replace(entry, put_by=put_by or self.at, content=text, written_by_tool=True)
        return replace(entry, put_by=put_by)

    def _put_by(self, path: str) -> Span | None:
        """The line that put a path there, or that may have: the command whose doings are not known."""
        answer = self.predicted.lookup(path)
        if isinstance(answer, Present):
            return answer.put_by
        return answer.at if isinstance(answer, Unknown) and not answer.runtime else None

    def _is_copy(self, known: Present, found: str) -> bool:
        return known.source is not None and known.content is None and self.digest(known.source) == found


def _regions(predicted: FileTree, roots: tuple[str, ...]) -> tuple[UnknownRegion, ...]:
    """The doubts that are left: none below a root, and those from above end there."""
    kept = []
    for region in predicted.regions:
        if any(f"{region.path}/".startswith(f"{root}/") for root in roots):
            continue
        above = region.path.rstrip("/") + "/"
        kept.append(replace(region, holes=region.holes | {root for root in roots if root.startswith(above)}))
    return tuple(kept)


def _config(predicted: ImageConfig | None, seen: ImageConfig | None) -> ImageConfig | None:
    """What the image says of itself, with the lines that said so before."""
    if predicted is None or seen is None:
        return predicted
    return replace(
        predicted,
        workdir=seen.workdir,
        entrypoint=seen.entrypoint,
        cmd=seen.cmd,
        env=seen.env,
        unknown_env=frozenset(),
    )
