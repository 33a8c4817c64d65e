"""What the project's samconfig.toml files say about a template."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from vartask.project import Project, Unreadable
from vartask.syntax.samconfig import SamConfig, read_samconfig

_NAME = "samconfig.toml"
_DEFAULT = frozenset({"template.yaml", "template.yml", "template.json"})
"""What ``sam`` looks for, beside samconfig.toml, when nothing names a template."""


class SamConfigs:
    """Every samconfig.toml of the project, by the directory it stands in."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._configs = dict(self._read())

    def _read(self) -> Iterator[tuple[str, SamConfig]]:
        for path in self._project.files:
            if posixpath.basename(path) == _NAME:
                try:
                    text = self._project.read_text(path)
                except Unreadable:
                    continue
                yield posixpath.dirname(path) or ".", read_samconfig(text)

    def names(self, template: str) -> bool:
        """Whether a samconfig.toml names the file as its template."""
        return any(template in self._templates(directory, config) for directory, config in self._configs.items())

    def overrides(self, template: str) -> Mapping[str, str]:
        """Parameters of the template that are set there, with the reason why their defaults do not count."""
        return {
            name: f"parameter `{name}` is set in {posixpath.normpath(posixpath.join(directory, _NAME))}"
            for directory, config in self._of(template)
            for name in config.overrides
        }

    def base(self, template: str) -> str | None:
        """The directory that paths in the template start from when it is not the template's own."""
        for directory, config in self._of(template):
            for base in sorted(config.base_dirs):
                return self._project.join(directory, base)
        return None

    def _of(self, template: str) -> Iterator[tuple[str, SamConfig]]:
        for directory, config in self._configs.items():
            named = self._templates(directory, config)
            beside = (posixpath.dirname(template) or ".") == directory and posixpath.basename(template) in _DEFAULT
            if template in named or (beside and not named):
                yield directory, config

    def _templates(self, directory: str, config: SamConfig) -> set[str | None]:
        return {self._project.join(directory, name) for name in config.templates}
