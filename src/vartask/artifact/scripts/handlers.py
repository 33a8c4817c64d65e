"""Commands that matter to scripts on a developer's or a build machine, and not in an image's build."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from vartask.artifact import commands_python, commands_zip
from vartask.artifact.commands import handler_of
from vartask.artifact.commands_options import split_options
from vartask.artifact.commands_shell import cd
from vartask.artifact.commands_tools import git
from vartask.artifact.filesystem import DIRECTORY
from vartask.artifact.interpreter import Handler, Interpreter, may_have_changed
from vartask.artifact.scripts.aws import aws
from vartask.artifact.scripts.checkout import project_path
from vartask.artifact.scripts.docker import docker
from vartask.artifact.scripts.make_command import make
from vartask.artifact.scripts.runner import Following, doubt_at
from vartask.artifact.scripts.steps import MOUNT, Made
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import Status
from vartask.model import Present
from vartask.patterns import regex
from vartask.syntax.shell import Command

HARMLESS = frozenset(
    "terraform tofu terragrunt pytest ruff black flake8 mypy isort bandit coverage pylint kubectl"  # noqa: SIM905
    " helm gh cdk op vault jq yq open sls serverless awslocal tflocal samlocal localstack tflint checkov cfn-lint act"
    " saml2aws awsume direnv brew asdf mise shellcheck hadolint sleep curl-config codecov snyk trivy semgrep sops popd"
    " setx where pre-commit tox nox az gcloud vercel pulumi codebuild-breakpoint notify-send slack osascript bc shasum"
    " md5 sha256 du dos2unix unix2dos shfmt yamllint zipinfo tfenv tfswitch assume-role awscurl".split()
)
"""Tools that leave an application's files alone, or only write reports and caches of their own."""

QUIET_MODULES = frozenset({"pytest", "ruff", "mypy", "flake8", "black", "coverage", "unittest", "pylint", "isort"})


def _following(act: Callable[[Following, list[Field], Command], Status]) -> Handler:
    """A handler that needs to know which unit runs."""

    def handle(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
        if not isinstance(interpreter, Following):
            raise TypeError("scripts are followed by a shell that knows its unit")
        return act(interpreter, words, command)

    return handle


def _nothing(_interpreter: Interpreter, _words: list[Field], _command: Command) -> Status:
    return None


def _zip(shell: Following, words: list[Field], command: Command) -> Status:
    before = len(shell.state.zips)
    status = commands_zip.zip_(shell, words, command)
    for number in range(before + 1, len(shell.state.zips) + 1):
        path = next((path for path, one in shell.state.files.entries.items() if one.archive == number), None)
        if path is not None and project_path(path) is None and not path.startswith("/tmp/"):  # noqa: S108
            # A script whose packages land outside of the repository is not started where it is meant to be.
            shell.running.outcome.failures += 1
        made = Made(project_path(path), shell.state.at, shell.state.zips[number])
        shell.running.outcome.made.append(made)
    return status


def _pushd(shell: Following, words: list[Field], command: Command) -> Status:
    before = shell.state.cwd
    status = cd(shell, words, command)
    if status is not False:
        shell.directories.append(before)
    return status


def _popd(shell: Following, _words: list[Field], _command: Command) -> Status:
    if not shell.directories:
        return False
    shell.state.cwd = shell.directories.pop()
    return True


def _cd(shell: Following, words: list[Field], command: Command) -> Status:
    """``cd -`` goes back."""
    before = shell.state.cwd
    if [item.text for item in words[1:]] == ["-"]:
        shell.state.cwd = shell.directories[-1] if shell.directories else None
        return None
    status = cd(shell, words, command)
    shell.directories = [*shell.directories[:-1], before] if shell.directories else [before]
    return status


def _real(shell: Following, words: list[Field], _command: Command) -> Status:
    """``realpath``, ``readlink -f``."""
    options, rest = split_options(words, {"--relative-to", "--relative-base"})
    if words[0].text == "readlink" and not {"-f", "-e", "-m", "--canonicalize"} & set(options):
        return None
    real = shell.state.real(rest[0].text) if len(rest) == 1 and rest[0].text else None
    relative = options.get("--relative-to")
    if relative is not None and real is not None:
        start = shell.state.real(relative)
        real = None if start is None else posixpath.relpath(real, start)
    shell.state.written = None if real is None else f"{real}\n"
    return None if real is None else True


def _git(shell: Following, words: list[Field], command: Command) -> Status:
    """``git rev-parse --show-toplevel`` names the repository; what changes the working copy is not followed."""
    texts = [item.text for item in words[1:]]
    if texts[:2] == ["rev-parse", "--show-toplevel"]:
        shell.state.written = f"{MOUNT}\n"
        return True
    if texts[:1] == ["archive"]:
        options, _ = split_options(words, {"-o", "--output", "--format", "--prefix"})
        doubt_at(shell.state, [options.get("-o") or options.get("--output")], may_have_changed(command))
        return None
    if texts[:1] in (["clone"], ["submodule"]):
        return git(shell, words, command)
    return None


def _npm(shell: Following, words: list[Field], command: Command) -> Status:
    """Installing packages fills ``node_modules``; scripts may do anything below the directory."""
    reason = may_have_changed(command)
    actions = [item.text for item in words[1:] if item.text is not None and not item.text.startswith("-")]
    if not actions or actions[0] in {"install", "ci", "i", "add", "audit", "config", "set", "login", "version"}:
        names = frozenset({"node_modules", "package-lock.json", "yarn.lock", "pnpm-lock.yaml"})
        shell.state.doubt(shell.state.cwd, reason, names=names)
        return None
    shell.state.doubt(shell.state.cwd, reason)
    return None


def _python(shell: Following, words: list[Field], command: Command) -> Status:
    """``python -m zipfile -c``, ``shutil.make_archive``; tests and linters change nothing that is packaged."""
    texts = [item.text for item in words[1:]]
    if texts[:1] == ["-m"] and len(texts) > 1 and texts[1] in QUIET_MODULES:
        return None
    if texts[:3] == ["-m", "zipfile", "-c"] or texts[:3] == ["-m", "zipfile", "--create"]:
        return _zipfile(shell, words[4:], command)
    if _only_reads(shell, texts):
        return None
    archive = re.search(
        r"make_archive\(\s*(['\"])([^'\"]+)\1\s*,\s*(['\"])zip\3\s*,\s*(?:root_dir\s*=\s*)?(['\"])([^'\"]+)\4\s*\)",
        texts[1] or "" if texts[:1] == ["-c"] else "",
    )
    if archive is not None:
        return _make_archive(shell, archive[2], archive[5], command)
    return commands_python.python(shell, words, command)


def _zipfile(shell: Following, words: list[Field], command: Command) -> Status:
    """``python -m zipfile -c archive path...`` stores each path under its last name."""
    archive = shell.state.path(words[0].text) if words and words[0].text is not None else None
    if archive is None:
        return None
    if isinstance(shell.state.files.get(archive), Present):
        shell.state.files.remove(archive, shell.state.at)
    kept, status = shell.state.cwd, None
    for item in words[1:]:
        directory, name = posixpath.split((item.text or "").rstrip("/"))
        if item.text is None or cd(shell, [Field("cd"), Field(directory or ".")], command) is False:
            return None
        status = _zip(shell, [Field("zip"), Field("-r"), Field(archive), Field(name or ".")], command)
        shell.state.cwd = kept
    return status


_WRITES = regex(
    r"\bopen\([^)]*,\s*(?:mode\s*=\s*)?['\"][waxr]b?\+?['\"]|write_(?:text|bytes)|\bshutil\b|\bsubprocess\b|\bos\.system\b"
    r"|makedirs|\bmkdir\b|\bzipfile\b|tarfile|\bpip\b|urlretrieve|\brename\b|unlink|\bremove\(|download_file|extractall"
)


def _only_reads(shell: Following, texts: list[str | None]) -> bool:
    """Whether a program of the repository has no word by which Python programs change files."""
    real = shell.state.real(texts[0]) if texts and texts[0] and texts[0].endswith(".py") else None
    found = shell.state.files.entries.get(real or "")
    text = shell.state.text(found) if found is not None else None
    return text is not None and _WRITES.search(text) is None


def _make_archive(shell: Following, name: str, directory: str, command: Command) -> Status:
    """``shutil.make_archive``: https://docs.python.org/3/library/shutil.html#shutil.make_archive."""
    target = shell.state.path(f"{name}.zip")
    kept = shell.state.cwd
    if target is None or cd(shell, [Field("cd"), Field(directory)], command) is False:
        return False
    try:
        return _zip(shell, [Field("zip"), Field("-r"), Field(target), Field(".")], command)
    finally:
        shell.state.cwd = kept


def _runner(shell: Following, words: list[Field], command: Command) -> Status:
    """``poetry run``, ``uv run``, ``pipenv run``: a program in the project's environment."""
    if len(words) > 2 and words[1].text == "run" and not (words[2].text or "-").startswith("-"):  # noqa: PLR2004
        return shell.named_inside(words[2:], command)
    handler = handler_of(words[0].text or "")
    return None if handler is None else handler(shell, words, command)


def _files_from_elsewhere(shell: Following, words: list[Field], command: Command) -> Status:
    """A pipeline's own step puts files at a path."""
    for item in words[1:]:
        path = shell.state.path(item.text) if item.text is not None else None
        if path is not None and not isinstance(shell.state.files.get(path), Present):
            shell.state.files.make_dirs(path, DIRECTORY)
    doubt_at(shell.state, [item.text for item in words[1:]], may_have_changed(command))
    return None


FROM_ELSEWHERE = "_files_from_elsewhere"

HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(HARMLESS, _nothing),
    "zip": _following(_zip),
    "cd": _following(_cd),
    "pushd": _following(_pushd),
    "popd": _following(_popd),
    "realpath": _following(_real),
    "readlink": _following(_real),
    "git": _following(_git),
    "npm": _following(_npm),
    "yarn": _following(_npm),
    "pnpm": _following(_npm),
    "python": _following(_python),
    "python3": _following(_python),
    "poetry": _following(_runner),
    "pipenv": _following(_runner),
    "pdm": _following(_runner),
    "uv": _following(_runner),
    "aws": _following(aws),
    "docker": _following(docker),
    "podman": _following(docker),
    "finch": _following(docker),
    "make": _following(make),
    "gmake": _following(make),
    FROM_ELSEWHERE: _following(_files_from_elsewhere),
}
