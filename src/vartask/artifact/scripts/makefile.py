"""Makefiles as GNU make reads them: variables, rules and recipes (https://www.gnu.org/software/make/manual/)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping

from vartask.artifact.scripts.make_functions import FUNCTIONS, arguments, closing
from vartask.artifact.scripts.steps import unknown
from vartask.patterns import regex
from vartask.records import dataclass, field

MAX_DEPTH = 40
"""Variables in variables: deeper is a loop, which make itself refuses."""

_ASSIGNMENT = regex(
    r"^\s*(?P<words>(?:(?:export|override|private|unexport)\s+)*)(?P<name>[^\s:#=!?+]+)\s*"
    r"(?P<operator>[:]{0,3}=|\?=|\+=|!=)\s*(?P<value>.*)$",
    re.DOTALL,
)
_CONDITION = regex(r"^\s*(ifeq|ifneq|ifdef|ifndef|else|endif)\b\s*(.*)$")
_RULE = regex(r"^(?P<targets>[^:=#\t][^:=#]*?)\s*::?(?!=)\s*(?P<rest>.*)$", re.DOTALL)
_INCLUDE = regex(r"^\s*[-s]?include\s+(.+)$")


@dataclass(slots=True)
class Rule:
    """A target with its prerequisites and the lines of its recipe, each with its number.

    ``variables`` are set for the target alone, ``stem`` is what ``%`` stands for.
    """

    target: str
    prerequisites: list[str] = field(default_factory=list)
    recipe: list[tuple[int, str]] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    path: str = ""
    stem: str = ""


@dataclass
class Makefile:
    """One Makefile with those that it includes.

    ``read`` gives the text of a file, ``run`` what a command prints, ``glob`` the paths that a pattern matches; each
    answers ``None`` for what is not known.  ``given`` are the variables of the command line, ``environment`` those of
    the process; what is in neither is empty when ``complete``, else not known.
    """

    path: str
    read: Callable[[str], str | None]
    run: Callable[[str], str | None]
    glob: Callable[[str], list[str] | None]
    given: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str | None] = field(default_factory=dict)
    complete: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    patterns: list[Rule] = field(default_factory=list)
    exported: set[str] = field(default_factory=set)
    oneshell: bool = False
    first: str | None = None

    def load(self) -> None:
        """Read the file and what it includes."""
        self._load(self.path, 0)

    def _load(self, path: str, depth: int) -> None:
        text = self.read(path)
        if text is not None and depth < MAX_DEPTH:
            _Reader(self, path, depth).run(text)

    def include(self, names: str, depth: int) -> None:
        """``include file...``."""
        for name in self.expand(names).split():
            self._load(name, depth + 1)

    def rule_for(self, target: str) -> Rule | None:
        """The rule that makes a target, its own or by a pattern."""
        own = self.rules.get(target)
        if own is not None and own.recipe:
            return own
        for rule in self.patterns:
            before, _, after = rule.target.partition("%")
            if target.startswith(before) and target.endswith(after) and len(target) >= len(before) + len(after):
                stem = target[len(before) : len(target) - len(after)]
                needed = [one.replace("%", stem) for one in rule.prerequisites]
                more = own.prerequisites if own is not None else []
                return Rule(target, [*needed, *more], rule.recipe, rule.variables, rule.path, stem)
        return own

    # -- expansion ----------------------------------------------------------------------------------------

    def expand(self, text: str, local: Mapping[str, str] | None = None, depth: int = 0) -> str:
        """The text with variables and functions put in; what is not known becomes a variable of the shell."""
        out: list[str] = []
        at = 0
        while at < len(text):
            dollar = text.find("$", at)
            if dollar < 0 or dollar + 1 >= len(text):
                out.append(text[at:])
                break
            out.append(text[at:dollar])
            following = text[dollar + 1]
            if following == "$":
                out.append("$")
                at = dollar + 2
            elif following in "({":
                end = closing(text, dollar + 1)
                out.append(self._reference(text[dollar + 2 : end - 1], local or {}, depth + 1))
                at = end
            else:
                out.append(self._value(following, local or {}, depth + 1))
                at = dollar + 2
        return "".join(out)

    def _reference(self, inside: str, local: Mapping[str, str], depth: int) -> str:
        if depth > MAX_DEPTH:
            return unknown("make", "loop")
        name, space, rest = inside.partition(" ")
        if not space:
            name, space, rest = inside.partition("\t")
        if space and name in {"shell", "wildcard", "if", "foreach", "call", *FUNCTIONS}:
            return self._function(name, rest, local, depth)
        replaced = re.match(r"^(?P<name>[^:\s]+):(?P<old>[^=]*)=(?P<new>.*)$", inside)
        if replaced:
            value = self._value(self.expand(replaced["name"], local, depth), local, depth)
            old, new = (self.expand(replaced[key], local, depth) for key in ("old", "new"))
            if "%" not in old:
                old, new = f"%{old}", f"%{new}"
            return FUNCTIONS["patsubst"]([old, new, value]) or unknown("make", inside)
        return self._value(self.expand(inside, local, depth), local, depth)

    def _value(self, name: str, local: Mapping[str, str], depth: int) -> str:
        if name in local:
            return local[name]
        if name in self.given:
            return self.given[name]
        if name in self.variables and depth <= MAX_DEPTH:
            return self.expand(self.variables[name], local, depth)
        if name == "CURDIR":
            return self.run("pwd") or unknown("make", name)
        if name == "MAKE":
            return "make"
        if name == "MAKEFILE_LIST":
            return f" {self.path}"
        if name in self.environment:
            value = self.environment[name]
            return unknown("make", name) if value is None else value
        known = self.complete and not re.match(r"GITHUB|RUNNER|CI|HOME|PATH|USER|SHELL|\W", name)
        return "" if known else unknown("make", name)

    def _function(self, name: str, rest: str, local: Mapping[str, str], depth: int) -> str:
        given = arguments(rest)
        if name == "if":
            chosen = self.expand(given[0], local, depth).strip()
            if "${_" in chosen:
                return unknown("make", rest)
            return self.expand((given[1:2] if chosen else given[2:3] or [""])[0], local, depth)
        if name == "foreach" and len(given) == 3:  # noqa: PLR2004 -- its name, list and text
            variable, words = self.expand(given[0], local, depth).strip(), self.expand(given[1], local, depth).split()
            return " ".join(self.expand(given[2], {**local, variable: word}, depth) for word in words)
        values = [self.expand(one, local, depth) for one in given]
        if name == "call":
            numbered = {str(number): value for number, value in enumerate(values[1:], 1)}
            body = self.variables.get(values[0].strip())
            return unknown("make", rest) if body is None else self.expand(body, {**local, **numbered}, depth)
        if name == "shell":
            printed = self.run(",".join(values))
            return unknown("make", rest) if printed is None else " ".join(printed.split())
        if name == "wildcard":
            found = [self.glob(pattern) for pattern in " ".join(values).split()]
            if any(paths is None for paths in found):
                return unknown("make", rest)
            return " ".join(path for paths in found for path in paths or ())
        if any("${_" in value for value in values) and name not in {"addprefix", "addsuffix", "strip", "subst"}:
            return unknown("make", rest)
        result = FUNCTIONS[name](values)
        return unknown("make", rest) if result is None else result


class _Reader:
    """Reads the lines of one file into a Makefile."""

    def __init__(self, made: Makefile, path: str, depth: int) -> None:
        self.made = made
        self.path = path
        self.depth = depth
        self.current: list[Rule] = []
        self.skipping: list[bool | None] = []
        """For each condition that is open: whether its branch is skipped, ``None`` where that is not known."""

    def run(self, text: str) -> None:
        defining: tuple[str, list[str]] | None = None
        for number, line in logical_lines(text):
            if defining is not None:
                if line.strip() == "endef":
                    self.made.variables.setdefault(defining[0], "\n".join(defining[1]))
                    defining = None
                else:
                    defining[1].append(line)
            elif line.startswith("\t") and self.current:
                if True not in self.skipping:
                    for rule in self.current:
                        rule.recipe.append((number, line[1:]))
            elif match := re.match(r"^\s*(?:override\s+)?define\s+(\S+)", line):
                defining = (match[1], [])
            elif condition := _CONDITION.match(line):
                self.condition(condition[1], condition[2])
            elif True not in self.skipping:
                self.line(number, re.sub(r"\s*\\\n\s*", " ", line))

    def condition(self, word: str, rest: str) -> None:
        if word == "endif":
            if self.skipping:
                self.skipping.pop()
        elif word == "else":
            if self.skipping and self.skipping[-1] is not None:
                self.skipping[-1] = not self.skipping[-1]
            nested = _CONDITION.match(rest)
            if nested and self.skipping and self.skipping[-1] is False:
                self.skipping[-1] = self.skips(nested[1], nested[2])
        else:
            self.skipping.append(True if True in self.skipping else self.skips(word, rest))

    def skips(self, word: str, rest: str) -> bool | None:
        rest = re.sub(r"\s+#.*$", "", rest).strip()
        if word in {"ifdef", "ifndef"}:
            value = self.made._value(self.made.expand(rest), {}, 0)  # noqa: SLF001 -- the reader is part of it
            if "${_" in value:
                return None
            return bool(value) is (word == "ifndef")
        pair = re.match(r"^\((.*),(.*)\)$", rest) or re.match(r"^[\"'](.*)[\"']\s+[\"'](.*)[\"']$", rest)
        if pair is None:
            return None
        one, other = self.made.expand(pair[1]).strip(), self.made.expand(pair[2]).strip()
        if "${_" in one + other:
            return None
        return (one == other) is (word == "ifneq")

    def line(self, number: int, line: str) -> None:
        bare = re.sub(r"(?<!\\)#.*$", "", line).rstrip()
        include = _INCLUDE.match(bare)
        assignment = _ASSIGNMENT.match(bare)
        if include:
            self.made.include(include[1], self.depth)
        elif assignment and not re.search(r":\s", bare[: assignment.end("name")]):
            self.assign(assignment["name"], assignment["operator"], assignment["value"], assignment["words"])
        elif bare.startswith("export"):
            self.made.exported.update(bare.split()[1:] or {"*"})
        elif rule := _RULE.match(bare):
            self.rule(number, self.made.expand(rule["targets"]).split(), rule["rest"])

    def assign(self, name: str, operator: str, value: str, words: str) -> None:
        made = self.made
        if "export" in words:
            made.exported.add(name)
        if None in self.skipping:
            made.variables[name] = unknown("make", name).replace("$", "$$")
        elif operator == "?=":
            if name not in made.variables and name not in made.environment:
                # A variable of the environment that nobody mentions would win; a default is what is meant.
                made.variables[name] = value
        elif operator == "+=":
            made.variables[name] = f"{made.variables.get(name, '')} {value}".strip()
        elif operator == "!=":
            made.variables[name] = (made.run(made.expand(value)) or unknown("make", name)).replace("$", "$$")
        elif operator == "=":
            made.variables[name] = value
        else:
            made.variables[name] = made.expand(value).replace("$", "$$")

    def rule(self, number: int, targets: list[str], rest: str) -> None:
        self.current = []
        prerequisites, semicolon, command = rest.partition(";")
        own = _ASSIGNMENT.match(rest)
        for target in targets:
            if target == ".ONESHELL":
                self.made.oneshell = True
            known = self.made.rules.setdefault(target, Rule(target, path=self.path))
            if own:
                known.variables[own["name"]] = own["value"]
                continue
            # Prerequisites are expanded when they are read; `|` only says that they come first.
            known.prerequisites += [one for one in self.made.expand(prerequisites).split() if one != "|"]
            if semicolon:
                known.recipe.append((number, command.strip()))
            if "%" in target and known not in self.made.patterns:
                self.made.patterns.append(known)
            if not target.startswith(".") and "%" not in target and self.made.first is None:
                self.made.first = target
            known.path = self.path
            self.current.append(known)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with those joined that end in a backslash, numbered from 1 by their first."""
    start, joined = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not joined:
            start = number
        joined += line
        if line.endswith("\\"):
            joined += "\n"
            continue
        yield start, joined
        joined = ""
    if joined:
        yield start, joined


def directory_of(path: str) -> str:
    """The directory of a Makefile."""
    return posixpath.dirname(path) or "."
