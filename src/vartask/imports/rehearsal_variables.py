"""Environment variables in a rehearsal: which are set, to what, and what may set the others."""

from __future__ import annotations

from vartask.imports.conditions import ALWAYS_SET
from vartask.imports.rehearsal_state import State
from vartask.imports.rehearsal_values import UNKNOWN, Known, Module, Value, error
from vartask.imports.variables import is_settled, may_write, writer
from vartask.model import Span


class Variables(State):
    """Reads and writes environment variables."""

    def needed_variable(self, name: Value, at: Span) -> Value:
        """``os.environ[name]``."""
        value = self.variable(name)
        text = name.value if isinstance(name, Known) else None
        if value is UNKNOWN and isinstance(text, str) and not self._is_variable(text):
            reason = self.why_not_certain(text)
            if reason is None:
                raised = error("KeyError", repr(text), at)
                raised.kind, raised.subject = "variable", text
                raise raised
            self.gap(at, not_set_here(text, reason))
        return value

    def variable_or(self, name: Value, default: Value, at: Span) -> Value:
        """``os.environ.get(name, default)``, which never raises.

        Whether a variable is certainly not set takes long to find out and rarely matters: a rehearsal takes it as not
        known, and only one that is ``without`` the variables that the definition does not name gives the default.
        """
        before = self.doubts
        value = self.variable(name)
        text = name.value if isinstance(name, Known) else None
        if not isinstance(text, str):
            return UNKNOWN
        self.doubts = before
        if value is not UNKNOWN or self._is_variable(text) or not is_settled(self.scene.function, text):
            return value
        self.unset[at] = text
        return default if self.without is not None and text not in self.without else UNKNOWN

    def perhaps_set(self) -> dict[Span, tuple[str, str]]:
        """Where variables were read that the definition does not name, each with what may set it all the same."""
        reasons = {name: self.why_not_certain(name) for name in dict.fromkeys(self.unset.values())}
        told = {at: (name, reasons[name]) for at, name in self.unset.items()}
        return {at: (name, reason) for at, (name, reason) in told.items() if reason is not None}

    def why_not_certain(self, name: str) -> str | None:
        """What may set a variable that the definition does not name; ``None`` where nothing can."""
        if not is_settled(self.scene.function, name):
            return "whether anything else does is not known"
        others = sorted(top for top, value in self.loaded.items() if value is UNKNOWN)
        package = writer(others)
        if package is not None:
            return f"`{package}` may"
        for module in self.loaded.values():
            if isinstance(module, Module) and self._may_set(module, name):
                return f"`{module.name}` may set it"
        told = self.scene.evidence.sources.variables.told_by(name, frozenset({self.scene.function.span.path}))
        return None if told is None else f"`{told}` speaks of it"

    def _may_set(self, module: Module, name: str) -> bool:
        tree = self.scene.library.parsed(module.found.module.source, module.found.entry).tree
        return tree is None or may_write(tree, name)

    def set_variable(self, name: Value) -> None:
        """The code sets an environment variable; which one is not known for all but a literal."""
        text = name.value if isinstance(name, Known) and isinstance(name.value, str) else "*"
        self.patched.add(f"os.environ[{text}]")

    def _is_variable(self, name: str) -> bool:
        """Whether something sets the environment variable, to whatever value."""
        config = self.scene.tree.config
        image = frozenset(config.env) | config.unknown_env if config is not None else frozenset()
        patched = {f"os.environ[{name}]", "os.environ[*]"} & self.patched
        return bool(patched) or name in ALWAYS_SET or name in self.scene.function.environment or name in image

    def variable(self, name: Value) -> Value:
        """An environment variable, as far as the definition sets it."""
        if not isinstance(name, Known) or not isinstance(name.value, str):
            return self.doubt()
        config = self.scene.tree.config
        environment = {**(config.env if config is not None else {}), **self.scene.function.environment}
        if {f"os.environ[{name.value}]", "os.environ[*]"} & self.patched:
            return self.doubt()
        if name.value == "LAMBDA_TASK_ROOT":
            return Known("/var/task")
        if environment.get(name.value) is not None:
            return Known(environment[name.value])
        return UNKNOWN if self._is_variable(name.value) else self.doubt()


def not_set_here(name: str, reason: str) -> str:
    """The gap of a variable that is needed and may be set by something else than the definition."""
    return f"the variable `{name}` is read at init, and no definition here sets it; {reason}"
