"""Which image builder knows what: every difference that decides a file, under a name of its own.

A *frontend* is the part of BuildKit that reads Dockerfiles; it has a version of its own, BuildKit 0.N carries
frontend 1.(N-6), and a ``# syntax=`` line brings another.  The facts come from the release notes and the history
of https://github.com/moby/buildkit, and from builds with each of the builders; docs/builders.md lists them.
"""

from __future__ import annotations

from typing import Literal

from vartask.patterns import regex
from vartask.records import dataclass, replace

OLDEST, NEWEST = 8, 26
"""The BuildKit versions 0.N whose behaviour is known."""

FRONTEND_BEHIND = 6
"""BuildKit 0.N carries the Dockerfile frontend 1.(N-6)."""

ACCEPTED = f"buildkit, buildkit@0.{OLDEST} to buildkit@0.{NEWEST}, classic, buildah"
VERSION = regex(r"buildkit@v?0\.(\d+)(?:\.\d+)?")
SYNTAX = regex(r"(?:docker\.io/)?docker/dockerfile(?:-upstream)?(?::([^@]*))?(?:@.*)?")
SYNTAX_TAG = regex(r"1(?:\.(\d+))?(?:\.\d+)?(?:-rc\d+)?(-(?:labs|experimental))?")

FLAGS: dict[str, dict[str, int]] = {
    "FROM": {"platform": 2},
    "RUN": {"mount": 2, "network": 3, "security": 20, "device": 14},
    "COPY": {"from": 2, "chown": 2, "chmod": 2, "link": 4, "exclude": 19, "parents": 20},
    "ADD": {"chown": 2, "chmod": 2, "link": 4, "checksum": 5, "keep-git-dir": 5, "unpack": 17, "exclude": 19},
    "HEALTHCHECK": {"interval": 2, "timeout": 2, "start-period": 2, "retries": 2, "start-interval": 6},
}
"""Per instruction, its flags and the frontend 1.N whose stable channel has them first (2 stands for all known)."""

LABS_FLAGS = {
    "RUN": {"network": 2, "security": 2},
    "COPY": {"exclude": 7, "parents": 7},
    "ADD": {"exclude": 7},
}
"""Flags that the labs channel (``docker/dockerfile:1.N-labs``) has earlier."""

CLASSIC_FLAGS = {
    "FROM": frozenset({"platform"}),
    "RUN": frozenset({"mount", "network", "security"}),
    "COPY": frozenset({"from", "chown", "chmod"}),
    "ADD": frozenset({"chown", "chmod"}),
    "HEALTHCHECK": frozenset({"interval", "timeout", "start-period", "retries"}),
}
"""What the classic builder's parser lets through; ``--mount`` and ``--chmod`` it refuses when it gets there."""

BUILDAH_FLAGS = {**CLASSIC_FLAGS, "RUN": frozenset({"mount", "network"})}


@dataclass(frozen=True, slots=True)
class Dialect:
    """One builder: its name as written, its kind, and for BuildKit the version 0.N and its frontend's 1.N.

    Code asks for a named fact, never for the kind.
    """

    name: str
    kind: Literal["buildkit", "classic", "buildah"] = "buildkit"
    buildkit: int = NEWEST
    frontend: int = NEWEST - FRONTEND_BEHIND
    labs: bool = False

    def with_syntax(self, reference: str | None) -> Dialect:
        """The builder with the frontend that ``# syntax=`` names; classic and buildah take it for a comment."""
        named = SYNTAX.fullmatch(reference) if reference is not None and self.kind == "buildkit" else None
        if named is None:
            return self
        tag = SYNTAX_TAG.fullmatch(named[1] or "1")
        if tag is None:
            return self
        # A tag without a minor version is the newest there is, whatever the daemon carries.
        frontend = int(tag[1]) if tag[1] else max(self.frontend, NEWEST - FRONTEND_BEHIND)
        return replace(self, frontend=frontend, labs=tag[2] is not None)

    def _frontend(self, since: int, labs: int | None = None) -> bool:
        early = self.labs and labs is not None and self.frontend >= labs
        return self.kind == "buildkit" and (self.frontend >= since or early)

    def _engine(self, since: int) -> bool:
        return self.kind == "buildkit" and self.buildkit >= since

    # -- parsing ----------------------------------------------------------------------------------

    def flags(self, keyword: str) -> frozenset[str]:
        """The flags that an instruction may have."""
        if self.kind != "buildkit":
            known = CLASSIC_FLAGS if self.kind == "classic" else BUILDAH_FLAGS
            return known.get(keyword, frozenset())
        early = LABS_FLAGS.get(keyword, {})
        since = FLAGS.get(keyword, {})
        return frozenset(name for name, first in since.items() if self._frontend(first, early.get(name)))

    @property
    def refused_flags(self) -> frozenset[str]:
        """Flags that the parser lets through and the builder then refuses."""
        return frozenset({"mount", "chmod"}) if self.kind == "classic" else frozenset()

    @property
    def reads_whole_file_first(self) -> bool:
        """Whether an unknown instruction or flag fails the build before anything is built; buildah gets there first."""
        return self.kind != "buildah"

    @property
    def heredocs(self) -> bool:
        """Whether ``<<EOF`` opens a here-document."""
        return self._frontend(4, labs=3)

    @property
    def check_directive(self) -> bool:
        """Whether ``# check=`` is a directive (frontend 1.8)."""
        return self._frontend(8)

    @property
    def suggests(self) -> bool:
        """Whether the parser asks ``did you mean`` (frontend 1.8)."""
        return self._frontend(8)

    @property
    def longest_line(self) -> int | None:
        """How many bytes a line may have, its end not counted."""
        return 65535 if self.kind == "buildkit" else None

    @property
    def json_with_rest(self) -> bool:
        """Whether ``["a", "b"] rest`` is a JSON form: what follows the array is dropped (until frontend 1.8)."""
        return not self._frontend(9)

    @property
    def only_arg_before_from(self) -> bool:
        """Whether other instructions before FROM are an error; buildah ignores them."""
        return self.kind != "buildah"

    # -- stages and variables ---------------------------------------------------------------------

    @property
    def builds_all_stages(self) -> bool:
        """Whether stages that the target does not need are built, up to the target."""
        return self.kind == "classic"

    @property
    def stage_names_unique(self) -> bool:
        """Whether a second stage of the same name is an error."""
        return self.kind == "classic"

    @property
    def checks_all_names(self) -> bool:
        """Whether names of images and platforms are checked in stages that nobody needs, too."""
        return self.kind == "buildkit"

    @property
    def checks_words_first(self) -> bool:
        """Whether ports, signals, modes and mounts are checked in every needed stage before anything is built."""
        return self.kind == "buildkit" and self._frontend(9)

    @property
    def from_names_exact(self) -> bool:
        """Whether FROM finds a stage only by its name in lower case, which is how the name is kept."""
        return self.kind == "buildkit"

    @property
    def stage_names_exact(self) -> bool:
        """Whether FROM and ``--from`` must have the stage name's upper and lower case."""
        return self.kind == "buildah"

    @property
    def platform_args(self) -> bool:
        """Whether TARGETARCH and its like have values."""
        return self.kind != "classic"

    @property
    def arg_beats_env(self) -> bool:
        """Whether an ARG after an ENV (or over the base image's) wins; elsewhere ENV always does."""
        return self.kind == "buildkit"

    @property
    def args_reach_next_stage(self) -> bool:
        """Whether ``FROM stage`` inherits that stage's ARG values."""
        return self.kind == "buildkit"

    @property
    def arg_sees_same_line(self) -> bool:
        """Whether ``ARG A=1 B=$A`` uses the new A (frontend 1.8)."""
        return self._frontend(8)

    @property
    def proxy_args_expand(self) -> bool:
        """Whether HTTP_PROXY and its like, given by the deployer, expand without an ARG line."""
        return self.kind != "buildkit"

    @property
    def modifiers(self) -> str:
        """What may follow ``${name``: ``-`` and ``+`` since frontend 1.6; ``#``, ``%`` and ``/`` since 1.7."""
        if self.kind == "buildah":
            return ":"
        return ":?" + "-+" * self._frontend(6) + "#%/" * self._frontend(7)

    @property
    def escape_directive_in_words(self) -> bool:
        """Whether ``# escape=`` also changes how words are expanded; in buildah it only joins lines."""
        return self.kind != "buildah"

    @property
    def shell_instruction(self) -> bool:
        """Whether SHELL counts; buildah's default image format has no place for it."""
        return self.kind != "buildah"

    @property
    def onbuild_in_stages(self) -> bool:
        """Whether an earlier stage's ONBUILD triggers run in ``FROM stage``."""
        return self.kind != "buildah"

    # -- COPY and ADD -----------------------------------------------------------------------------

    @property
    def several_sources_need_slash(self) -> bool:
        """Whether several source files need a destination that ends in a slash."""
        return self.kind == "classic"

    @property
    def several_sources_make_directory(self) -> bool:
        """Whether several source words make the destination a directory."""
        return self.kind == "buildah"

    @property
    def sources_stay_in_context(self) -> bool:
        """Whether ``../x`` means x in the context; elsewhere it is an error."""
        return self.kind != "classic"

    @property
    def empty_copy_is_error(self) -> bool:
        """Whether patterns that match nothing at all fail the build."""
        return self.kind != "buildkit"

    @property
    def bad_patterns_fail(self) -> bool:
        """Whether a malformed pattern is an error; before BuildKit 0.10 it matched nothing."""
        return self._engine(10) or self.kind != "buildkit"

    @property
    def patterns_are_cleaned(self) -> bool:
        """Whether ``x/../*``, ``*/`` and ``*/.`` mean what they say; elsewhere they match nothing."""
        return self.kind != "classic"

    @property
    def matches_are_patterns(self) -> bool:
        """Whether the names that a pattern matched are taken for patterns again."""
        return self.kind == "buildah"

    @property
    def conflicts_replace(self) -> bool:
        """Whether a file takes the place of a directory, and inside a copied directory also the reverse."""
        return self.kind != "buildkit"

    @property
    def file_replaces_link(self) -> bool:
        """Whether a file takes the place of a link at its destination, which is otherwise followed."""
        return self.kind == "buildah"

    @property
    def link_is_layer(self) -> bool:
        """Whether ``--link`` has an effect (BuildKit 0.10)."""
        return self._engine(10)

    @property
    def new_dirs_take_chmod(self) -> bool:
        """Whether an octal ``--chmod`` applies to the directories made for the destination (BuildKit 0.21)."""
        return self._engine(21)

    @property
    def chmod_expands(self) -> bool:
        """Whether variables expand in ``--chmod`` (frontend 1.10)."""
        return self._frontend(10) or self.kind == "buildah"

    @property
    def chmod_symbolic(self) -> bool:
        """Whether ``--chmod=u+x`` works (frontend 1.14, labs 1.11)."""
        return self._frontend(14, labs=11)

    @property
    def chmod_checked(self) -> bool:
        """Whether a mode that cannot be read fails the build (frontend 1.10); before, it changed nothing."""
        return self._frontend(10) or self.kind == "buildah"

    @property
    def chmod_sets_special_bits(self) -> bool:
        """Whether set-ID and sticky bits are those of an octal ``--chmod`` (BuildKit 0.13); before, the source's."""
        return self._engine(13) or self.kind != "buildkit"

    @property
    def copies_set_id(self) -> bool:
        """Whether a file keeps its set-ID bits, unless ``--chmod`` sets them."""
        return self.kind == "buildkit"

    @property
    def empty_group_is_user(self) -> bool:
        """Whether ``--chown=3:`` means 3:3; in BuildKit its group is 0."""
        return self.kind != "buildkit"

    @property
    def chmod_downloads(self) -> bool:
        """Whether ``ADD --chmod`` applies to a URL (frontend 1.3)."""
        return self._frontend(3) or self.kind == "buildah"

    @property
    def add_git(self) -> bool:
        """Whether ADD takes git repositories (frontend 1.6, labs 1.5)."""
        return self._frontend(6, labs=5)

    @property
    def unpacked_take_chown(self) -> bool:
        """Whether ``ADD --chown`` applies to what an archive holds (BuildKit 0.23)."""
        return self._engine(23)

    # -- ignore files -----------------------------------------------------------------------------

    @property
    def ignore_file_per_dockerfile(self) -> bool:
        """Whether ``<Dockerfile>.dockerignore`` counts."""
        return self.kind != "classic"

    @property
    def ignore_newer_rules(self) -> bool:
        """Whether ``!`` reaches below any ignored directory, and ``**x`` crosses slashes (BuildKit 0.10)."""
        return self._engine(10)

    @property
    def ignore_keeps_empty_dirs(self) -> bool:
        """Whether an ignored directory named by a ``!`` pattern stays even without contents (until BuildKit 0.9)."""
        return self.kind == "buildkit" and self.buildkit < 10  # noqa: PLR2004 - 0.10

    @property
    def ignore_blank_after_bang(self) -> bool:
        """Whether ``! x`` is ``!x``."""
        return self.kind != "buildah"

    @property
    def ignore_file_filters_mounts(self) -> bool:
        """Whether a bind mount of the context lacks what the ignore file leaves out."""
        return self.kind != "buildah"

    # -- RUN, WORKDIR, VOLUME ---------------------------------------------------------------------

    @property
    def mount_points_stay(self) -> bool:
        """Whether the directories made to mount on stay in the image (until BuildKit 0.10)."""
        return self.kind == "buildkit" and self.buildkit < 11  # noqa: PLR2004 - 0.11

    @property
    def mount_parents_stay(self) -> bool:
        """Whether at least the parents that were made for them stay."""
        return self.mount_points_stay or self.kind == "buildah"

    @property
    def workdir_owned_by_user(self) -> bool:
        """Whether a directory that WORKDIR makes belongs to USER, else to root."""
        return self.kind != "classic"

    @property
    def volumes_are_made(self) -> bool:
        """Whether VOLUME makes the directory."""
        return self.kind == "buildah"

    @property
    def run_changes_volumes(self) -> bool:
        """Whether what RUN writes below a VOLUME stays."""
        return self.kind == "buildkit"


BUILDKIT = Dialect("buildkit")
"""BuildKit 0.26, which Docker 29 runs."""


def builder_named(text: str) -> Dialect:
    """The builder that ``text`` names, as in ``buildkit@0.8``.  Raises :class:`ValueError` listing what is accepted."""
    if text == "buildkit":
        return BUILDKIT
    if text == "classic":
        return Dialect(text, "classic")
    if text == "buildah":
        return Dialect(text, "buildah")
    match = VERSION.fullmatch(text)
    if match is None or not OLDEST <= int(match[1]) <= NEWEST:
        raise ValueError(f"unknown builder {text!r}: accepted are {ACCEPTED}")
    version = int(match[1])
    return Dialect(text, "buildkit", version, version - FRONTEND_BEHIND)
