"""``aws lambda ...`` and ``aws s3 cp`` in a script (https://docs.aws.amazon.com/cli/latest/reference/lambda/)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vartask.artifact.interpreter import may_have_changed
from vartask.artifact.scripts.runner import doubt_at
from vartask.artifact.scripts.steps import Call, Made, filled, known_part, settled
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import Status
from vartask.model import Text, Unknown
from vartask.patterns import regex
from vartask.syntax.shell import Command

if TYPE_CHECKING:
    from vartask.artifact.scripts.runner import Following

ACTIONS = frozenset(
    {"create-function", "update-function-code", "update-function-configuration", "publish-layer-version"}
)
_GLOBAL_FLAGS = frozenset({"--debug", "--no-verify-ssl", "--no-paginate", "--no-sign-request", "--no-cli-pager"})
_FILE = regex(r"^fileb?://(?P<path>.+)$")
_S3_KEY = regex(r"S3Key=([^,\s]+)")
_S3 = "s3://"
_IN_BUCKET = regex(r"^s3://(?:\$\{[^{}]*\}|\$\([^()]*\)|[^/])*/?")
_LOCAL = regex(r"localhost|127\.0\.0\.1|localstack|host\.docker\.internal")


def aws(shell: Following, words: list[Field], command: Command) -> Status:
    """What concerns functions is kept; downloads bring files; all else leaves the working copy alone."""
    rest = _after_global(words[1:])
    texts = [item.text for item in rest]
    if texts[:1] == ["lambda"] and len(texts) > 1 and texts[1] in ACTIONS:
        _call(shell, texts[1] or "", rest[2:], command)
    elif texts[:1] == ["s3"] and len(texts) > 3:  # noqa: PLR2004 -- s3 cp FROM TO
        _transfer(shell, rest[1:], command)
    return None


def _after_global(words: list[Field]) -> list[Field]:
    rest = list(words)
    while rest and (rest[0].text or "").startswith("--"):
        text = rest[0].text or ""
        rest = rest[1:] if text in _GLOBAL_FLAGS or "=" in text else rest[2:]
    return rest


def _call(shell: Following, action: str, words: list[Field], command: Command) -> None:
    options: dict[str, list[str | None]] = {}
    current = ""
    for item in words:
        text = item.text
        if text is not None and re.match(r"^--[a-z]", text):
            current, equals, value = text.partition("=")
            options.setdefault(current, [])
            if equals:
                options[current].append(settled(value))
        elif current:
            options[current].append(settled(text))
    raw = _raw(command)
    if any(_LOCAL.search(value or "") for value in options.get("--endpoint-url", ())):
        # A stand-in on this machine, for tests.
        return
    named = options.get("--function-name") or options.get("--layer-name") or []
    at = shell.state.at
    written = raw.get("--function-name") or raw.get("--layer-name") or ""
    whole = named[0] if named else None
    shown = whole if whole is not None else known_part(written, shell.state.variables)
    call = Call(
        action,
        {name: tuple(values) for name, values in options.items()},
        raw,
        at,
        Text(shown.rpartition(":function:")[2], at) if shown else None,
        whole is not None,
        _package(shell, options, raw),
    )
    shell.running.outcome.calls.append(call)


def _raw(command: Command) -> dict[str, str]:
    """The word behind each option, as written."""
    found: dict[str, str] = {}
    for word, following in zip(command.words, [*command.words[1:], None], strict=True):
        name, equals, value = word.raw.partition("=")
        if name.startswith("--"):
            found[name] = value if equals else (following.raw if following is not None else "")
    return found


def _package(shell: Following, options: dict[str, list[str | None]], raw: dict[str, str]) -> Made | None:
    """The archive that a call uploads, or that was uploaded before."""
    if "--zip-file" in options:
        value = (options["--zip-file"] or [None])[0]
        found = _FILE.match(value) if value is not None else None
        return _made(shell, found["path"] if found is not None else None)
    code = " ".join(value or "" for name in ("--code", "--content") for value in options.get(name, ()))
    # The key is written out beside a bucket whose name is computed.
    key = _S3_KEY.search(code) or _S3_KEY.search(raw.get("--code") or raw.get("--content") or "")
    given = (options.get("--s3-key") or [None])[0]
    if given is None and key is not None:
        given = filled(key[1], shell.state.variables)
    zipped = re.search(r"ZipFile=fileb?://([^,\s]+)", code)
    if zipped is not None:
        return _made(shell, zipped[1])
    if "--s3-key" in options or key is not None:
        uploaded = shell.running.uploads.get(given or "")
        return uploaded or Made(None, shell.state.at, reason="the package comes from a bucket")
    return None


def _made(shell: Following, path: str | None) -> Made:
    state = shell.state
    if path is None:
        return Made(None, state.at, reason="the path of the package is computed")
    if state.cwd is None and not path.startswith("/"):
        return Made(None, state.at, reason="the directory that the package is in is not known")
    real = state.real(path)
    found = state.files.get(real) if real is not None else Unknown("")
    return shell.running.made(real, found, state.at)


def _key(shell: Following, command: Command) -> str | None:
    """The key of ``s3://$BUCKET/key``, which is known where the name of the bucket is not.

    ``None`` where the words name none, or a variable in the key is not known.
    """
    targets = [word.raw.lstrip("\"'") for word in command.words if word.raw.lstrip("\"'").startswith(_S3)]
    return filled(_IN_BUCKET.sub("", targets[-1]), shell.state.variables) if targets else None


def _transfer(shell: Following, words: list[Field], command: Command) -> None:
    """``aws s3 cp file s3://bucket/key`` puts a package where a function is then told to fetch it."""
    action, operands = words[0].text, [item.text for item in words[1:] if not (item.text or "").startswith("--")]
    if action not in {"cp", "mv", "sync"} or len(operands) < 2:  # noqa: PLR2004 -- from and to
        return
    source, target = settled(operands[0]), settled(operands[1])
    key = _key(shell, command) if target is None else _IN_BUCKET.sub("", target) if target.startswith(_S3) else None
    if key is not None:
        if source is not None and action != "sync":
            name = source.rpartition("/")[2]
            whole, made = f"{key}{name}" if not key or key.endswith("/") else key, _made(shell, source)
            shell.running.uploads[whole] = made
            shell.running.outcome.uploads.append((whole, made))
    elif not (target is None and (operands[1] or "").startswith("s3")):
        doubt_at(shell.state, [target], may_have_changed(command))
