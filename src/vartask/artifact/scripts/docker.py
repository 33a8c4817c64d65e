"""``docker run`` in a script: commands in a container that see directories of the working copy."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from vartask.artifact.commands import PIP, PYTHON
from vartask.artifact.filesystem import DIRECTORY
from vartask.artifact.interpreter import may_have_changed
from vartask.artifact.scripts.runner import doubt_at
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import Status
from vartask.data.build_commands import SHELLS
from vartask.model import Present
from vartask.syntax.shell import Command

if TYPE_CHECKING:
    from vartask.artifact.scripts.runner import Following

# Options of `docker run` without a value (https://docs.docker.com/reference/cli/docker/container/run/).
_FLAGS = frozenset(
    {"-d", "-i", "-t", "-it", "-ti", "-P", "-q", "--rm", "--detach", "--init", "--interactive", "--tty", "--privileged"}
) | {"--no-healthcheck", "--oom-kill-disable", "--publish-all", "--quiet", "--read-only", "--sig-proxy"}


def docker(shell: Following, words: list[Field], command: Command) -> Status:
    """``docker run`` is followed as far as its mounts reach; ``docker cp`` and ``docker build -o`` bring files."""
    texts = [item.text for item in words[1:]]
    reason = may_have_changed(command)
    if texts[:1] == ["run"]:
        return _run(shell, words[2:], command)
    if texts[:1] == ["cp"] and texts:
        doubt_at(shell.state, [texts[-1]], reason)
    elif texts[:1] == ["compose"] or "--output" in texts or "-o" in texts:
        doubt_at(shell.state, [None], reason)
    else:
        for text in texts:
            output = re.match(r"^(?:--output|-o)=?(?:.*dest=)?([^,]+)", text or "")
            if output is not None:
                doubt_at(shell.state, [output[1]], reason)
    return None


def _run(shell: Following, words: list[Field], command: Command) -> Status:
    mounts: dict[str, str | None] = {}
    workdir, entrypoint, rest = "", "", list(words)
    while rest and (rest[0].text is None or rest[0].text.startswith("-")):
        name, equals, value = (rest.pop(0).text or "").partition("=")
        if name in _FLAGS or not name:
            continue
        given = value if equals else (rest.pop(0).text if rest else None)
        if name in {"-v", "--volume"}:
            host, _, place = (given or "").partition(":")
            mounts[place.partition(":")[0] or "?"] = host or None
        elif name == "--mount":
            pairs = dict(pair.partition("=")[::2] for pair in (given or "").split(","))
            target = pairs.get("target") or pairs.get("dst") or pairs.get("destination") or "?"
            mounts[target] = pairs.get("source") or pairs.get("src")
        elif name in {"-w", "--workdir"}:
            workdir = given or "?"
        elif name == "--entrypoint":
            entrypoint = given or "?"
    inner = ([Field(entrypoint)] if entrypoint else []) + rest[1:]
    inside = _mounted(shell, mounts)
    cwd = workdir or ("/var/task" if "lambda" in (rest[0].text or "") or "sam/build" in (rest[0].text or "") else "")
    if inside and inner and cwd in inside and _followed(inner):
        return _in_container(shell, inside, cwd, inner, command)
    doubt_at(
        shell.state,
        [host for host in mounts.values() if host is None or "/" in host or host.startswith(".")],
        may_have_changed(command),
    )
    return None


def _followed(words: list[Field]) -> bool:
    name = posixpath.basename(words[0].text or "")
    return name in SHELLS or PIP.match(name) is not None or PYTHON.match(name) is not None


def _mounted(shell: Following, mounts: dict[str, str | None]) -> dict[str, str]:
    """Where in the container which directory of the working copy is; nothing when one of them is not known."""
    found: dict[str, str] = {}
    for inside, host in mounts.items():
        real = shell.state.real(host) if host is not None and ("/" in host or host.startswith(".")) else None
        if real is None or not inside.startswith("/") or not isinstance(shell.state.files.get(real), Present):
            return {}
        found[posixpath.normpath(inside)] = real
    return found


def _in_container(shell: Following, inside: dict[str, str], cwd: str, words: list[Field], command: Command) -> Status:
    """Run with links in the place of mounts."""
    state = shell.state
    kept = (state.cwd, dict(state.variables))
    for place, real in inside.items():
        state.files.make_dirs(posixpath.dirname(place), DIRECTORY)
        state.files.put(place, Present("l", target=real, mode=0o777))
    state.cwd = state.real(cwd)
    try:
        return shell.named_inside(words, command)
    finally:
        state.cwd, state.variables = kept
        for place in inside:
            state.files.remove(place, state.at)
