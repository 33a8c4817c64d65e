"""What the project's samconfig files say about a template."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from operator import itemgetter

from vartask.project import Project, Unreadable
from vartask.syntax.samconfig import SamConfig, read_samconfig

_NAMES = frozenset({"samconfig.toml", "samconfig.yaml", "samconfig.yml"})
_DEFAULT = frozenset({"template.yaml", "template.yml", "template.json"})
"""What ``sam`` looks for, beside its configuration, when nothing names a template."""

_Config = tuple[int, str, SamConfig]
"""With its path, and its number in their order."""


class SamConfigs:
    """Every samconfig file of the project, by its path."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._naming: dict[str, list[_Config]] = {}
        """By the template that they name."""
        self._silent: dict[str, list[_Config]] = {}
        """Those that name none, by their directory."""
        for number, (path, config) in enumerate(self._read()):
            self._add((number, path, config))

    def _add(self, one: _Config) -> None:
        _, path, config = one
        directory = posixpath.dirname(path)
        named = {self._project.join(directory or ".", name) for name in config.templates}
        if not named:
            self._silent.setdefault(directory, []).append(one)
        for template in named:
            if template is not None:
                self._naming.setdefault(template, []).append(one)

    def _read(self) -> Iterator[tuple[str, SamConfig]]:
        for path in self._project.files:
            if posixpath.basename(path) in _NAMES:
                try:
                    text = self._project.read_text(path)
                except Unreadable:
                    continue
                yield path, read_samconfig(text, path)

    def names(self, template: str) -> bool:
        """Whether a configuration names the file as its template."""
        return template in self._naming

    def overrides(self, template: str) -> Mapping[str, str]:
        """Parameters of the template that are set to different values, with the reason why defaults do not count."""
        return {
            name: f"parameter `{name}` is set in {' and '.join(sorted(paths))}"
            for name, (values, paths) in self._set(template).items()
            if len(values) > 1
        }

    def given(self, template: str) -> Mapping[str, str]:
        """Parameters of the template that every environment which sets them sets to the same value."""
        return {
            name: value for name, (values, _) in self._set(template).items() if len(values) == 1 for value in values
        }

    def _set(self, template: str) -> dict[str, tuple[set[str], set[str]]]:
        found: dict[str, tuple[set[str], set[str]]] = {}
        for path, config in self._of(template):
            for name, values in config.overrides.items():
                known, paths = found.setdefault(name, (set(), set()))
                known.update(values)
                paths.add(path)
        return found

    def base(self, template: str) -> str | None:
        """The directory that paths in the template start from when it is not the template's own."""
        for path, config in self._of(template):
            for base in sorted(config.base_dirs):
                return self._project.join(posixpath.dirname(path) or ".", base)
        return None

    def _of(self, template: str) -> Iterator[tuple[str, SamConfig]]:
        found = list(self._naming.get(template, ()))
        if posixpath.basename(template) in _DEFAULT:
            found += self._silent.get(posixpath.dirname(template), ())
        for _, path, config in sorted(found, key=itemgetter(0)):
            yield path, config
