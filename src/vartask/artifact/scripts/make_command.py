"""``make`` in a script: which targets it makes, and what their recipes do."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from vartask.artifact.interpreter import MAX_SCRIPTS, may_have_changed
from vartask.artifact.scripts.makefile import Makefile, Rule
from vartask.artifact.shell_fields import Field, fields
from vartask.artifact.shell_state import Status
from vartask.model import Present
from vartask.records import replace
from vartask.syntax.shell import Command
from vartask.syntax.shell_words import read_word

if TYPE_CHECKING:
    from vartask.artifact.scripts.runner import Following

NAMES = ("GNUmakefile", "makefile", "Makefile")
_VALUED = frozenset({"-C", "--directory", "-f", "--file", "--makefile", "-I", "-o", "-W", "-l", "-O"})


def make(shell: Following, words: list[Field], command: Command) -> Status:
    """``make [-C directory] [-f file] [NAME=value] target...``."""
    state = shell.state
    directory, file, given, targets = ".", None, {}, []
    rest = list(words[1:])
    while rest:
        text = rest.pop(0).text
        if text is None:
            state.doubt(state.cwd, may_have_changed(command))
            return None
        name, equals, value = text.partition("=")
        if text in _VALUED or (text.startswith("-j") and rest and (rest[0].text or "").isdigit()):
            value = (rest.pop(0).text if rest else None) or ""
            directory = value if text in {"-C", "--directory"} else directory
            file = value if text in {"-f", "--file", "--makefile"} else file
        elif text.startswith("-C"):
            directory = text[2:]
        elif text.startswith("-"):
            continue
        elif equals:
            given[name.rstrip(":?+")] = value
        else:
            targets.append(text)
    at = state.real(directory)
    if at is None or state.depth >= MAX_SCRIPTS:
        state.doubt(state.cwd, may_have_changed(command))
        return None
    kept = state.cwd
    state.cwd = at
    try:
        return _Make(shell, command, given).run(file, targets)
    finally:
        state.cwd = kept


class _Make:
    def __init__(self, shell: Following, command: Command, given: dict[str, str]) -> None:
        self.shell = shell
        self.state = shell.state
        self.command = command
        self.given = given
        self.done: set[str] = set()
        self.home = shell.state.cwd or "/"

    def run(self, file: str | None, targets: list[str]) -> Status:
        name = file or next((one for one in NAMES if self._source(one) is not None), None)
        if name is None or self._source(name) is None:
            return False if file is None else None
        made = Makefile(
            name,
            self._text,
            self._printed,
            self._glob,
            self.given,
            {name: value for name, value in self.state.variables.items() if not name.isdigit() and "[" not in name},
            self.shell.running.unit.complete,
        )
        made.load()
        wanted = targets or ([made.first] if made.first is not None else [])
        status: Status = True
        for target in wanted:
            if self.target(made, target, 0) is False:
                return False
            status = None
        return status

    def _source(self, name: str) -> str | None:
        real = self.state.real(name)
        found = self.state.files.entries.get(real or "")
        return found.source if found is not None and found.kind == "f" else None

    def _text(self, name: str) -> str | None:
        real = self.state.real(name)
        found = self.state.files.get(real) if real is not None else None
        return self.state.text(found) if isinstance(found, Present) and found.kind == "f" else None

    def _printed(self, script: str) -> str | None:
        output = self.state.output_of(script)
        return None if output is None or output.more is not None else output.text

    def _glob(self, pattern: str) -> list[str] | None:
        found = fields(self.state, read_word(pattern))
        if any(item.text is None for item in found):
            return None
        texts = [item.text or "" for item in found]
        return [] if texts == [pattern] and re.search(r"[*?\[]", pattern) else texts

    def target(self, made: Makefile, target: str, depth: int) -> Status:
        """Make what a target needs, then the target."""
        if target in self.done or depth > 30:  # noqa: PLR2004 -- deeper than any: a loop, which make cuts
            return None
        self.done.add(target)
        rule = made.rule_for(target)
        rule = None if rule is None else replace(rule, prerequisites=self._matched(rule.prerequisites))
        if rule is None:
            if "${_" in target:
                self.state.doubt(self.home, may_have_changed(self.command))
            return None
        for needed in rule.prerequisites:
            if self.target(made, needed, depth + 1) is False:
                return False
        return self._recipe(made, rule)

    def _matched(self, names: list[str]) -> list[str]:
        """Prerequisites with the patterns among them matched."""
        found: list[str] = []
        for name in names:
            paths = self._glob(name) if re.search(r"[*?\[]", name) else [name]
            found += [name] if paths is None else paths
        return found

    def _recipe(self, made: Makefile, rule: Rule) -> Status:
        local = {
            "@": rule.target,
            "<": (rule.prerequisites or [""])[0],
            "^": " ".join(dict.fromkeys(rule.prerequisites)),
            "+": " ".join(rule.prerequisites),
            "*": rule.stem,
            "@D": posixpath.dirname(rule.target) or ".",
            "@F": posixpath.basename(rule.target),
        }
        own = {name: made.expand(value, local) for name, value in rule.variables.items()}
        own = {name: value for name, value in own.items() if name not in self.given}
        lines = rule.recipe
        if made.oneshell and lines:
            lines = [(lines[0][0], "\n".join(line for _, line in lines))]
        for number, line in lines:
            # The shell would join the lines itself; joined here, a keyword may stand before the backslash too.
            text = re.sub(r"\\\n\t*", " ", made.expand(line, {**own, **local})).strip()
            prefix = re.match(r"^[@+\s-]*", text)
            text = text[prefix.end() :] if prefix else text
            if not text or text.startswith("#"):
                continue
            status = self._shell(made, text, number, rule)
            if status is False and "-" not in (prefix[0] if prefix else ""):
                return False
        return None

    def _shell(self, made: Makefile, text: str, number: int, rule: Rule) -> Status:
        shell, state = self.shell, self.state
        source = self._source(rule.path)
        kept = (shell.path, shell.line, dict(state.variables), state.cwd)
        shell.path, shell.line = source or shell.path, number
        state.cwd = self.home
        exported = set(made.variables) if "*" in made.exported else made.exported & set(made.variables)
        for name in exported:
            value = made.expand(f"$({name})")
            state.variables[name] = None if "${_" in value else value
        state.variables.update(self.given)
        try:
            return shell.nested(text, letters="e" if made.oneshell else "")
        finally:
            shell.path, shell.line, state.variables, state.cwd = kept
