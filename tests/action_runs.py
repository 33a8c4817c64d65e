"""Runs the steps of ``action.yml`` in order, as a runner of GitHub Actions does, as far as this action needs one."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
ACTION = ROOT / "action.yml"
_OWN = re.compile(r"^(GITHUB_|RUNNER_|VARTASK_|CI$|GH_)")


def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    return loaded


@dataclass
class Job:
    """One run; ``installed`` stands for what the install step would make, ``None`` lets it do so itself."""

    workspace: Path
    directory: Path
    installed: str | None
    environment: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    code: int = 0
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        file = self.directory / "summary"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def run(self, **inputs: str) -> Job:
        """All steps, until one fails; inputs are written with ``_`` for ``-``."""
        self.directory.mkdir(exist_ok=True)
        described = action()
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= described["inputs"].keys()
        contexts = {"github": {"token": "the-token"}}
        defaults = {name: self._filled(one["default"], contexts) for name, one in described["inputs"].items()}
        contexts["inputs"] = defaults | given
        for step in described["runs"]["steps"]:
            if "if" in step and not self._holds(step["if"], contexts):
                continue
            self._step(step, contexts)
            if self.code:
                break
        return self

    def _step(self, step: Mapping[str, Any], contexts: Mapping[str, Mapping[str, str]]) -> None:
        name = step.get("id", step["name"])
        if "uses" in step:
            self.used.append(step["uses"])
            return
        if name == "install" and self.installed is not None:
            self.outputs[name] = {"python": self.installed}
            return
        assert step["shell"] == "bash"
        output = self.directory / f"output-{name}".replace(" ", "-")
        output.write_text("", encoding="utf-8")
        inherited = {key: value for key, value in os.environ.items() if not _OWN.search(key)}
        own = {key: self._filled(value, contexts) for key, value in step.get("env", {}).items()}
        given = {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.directory / "summary"),
            "GITHUB_REPOSITORY": "o/r",
            "RUNNER_TEMP": str(self.directory),
            "CI": "true",
        }
        # What the documentation says of `shell: bash`
        # (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell).
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env={**inherited, **given, **self.environment, **own},
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        self.log += done.stdout + done.stderr
        self.code = done.returncode
        lines = (line.partition("=") for line in output.read_text(encoding="utf-8").splitlines())
        self.outputs[name] = {key: value for key, _, value in lines}

    def _filled(self, text: str, contexts: Mapping[str, Mapping[str, str]]) -> str:
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: self._value(match[1], contexts), str(text))

    def _value(self, expression: str, contexts: Mapping[str, Mapping[str, str]]) -> str:
        if expression.startswith("steps."):
            _, step, _, name = expression.split(".")
            return self.outputs.get(step, {}).get(name, "")
        context, _, name = expression.partition(".")
        return contexts[context][name]

    def _holds(self, condition: str, contexts: Mapping[str, Mapping[str, str]]) -> bool:
        """Comparisons with ``!=`` that ``||`` joins; this action has no others."""
        pairs = (part.strip().split(" != ") for part in condition.split("||"))
        return any(self._value(left, contexts) != right.strip("'") for left, right in pairs)
