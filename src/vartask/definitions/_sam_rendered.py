"""Templates that another tool fills in before they are templates: Jinja, cookiecutter, ERB, ``sed`` over ``%NAME%``.

Which functions there are can be seen all the same.  What they are made of cannot: a branch or a loop of the other tool
may stand around any line, and the code beside the template may be filled in as well.
"""

from __future__ import annotations

import re
from typing import Final

from vartask.model import Function, Image, Zip
from vartask.patterns import regex
from vartask.records import replace

_MARKS: Final = regex(r"\{\{(?!resolve:)|\{%|<%|%[A-Za-z]\w*%|@@?[A-Za-z]\w*@")
_COMMENTS: Final = regex(r"\{#.*?#\}", re.DOTALL)
_STATEMENTS: Final = regex(r"\{%.*?%\}|<%(?!=).*?%>", re.DOTALL)
_VALUES: Final = regex(r"\{\{(?!resolve:).*?\}\}|<%=.*?%>", re.DOTALL)
_SED: Final = regex(r"[%@]+(\w+)[%@]+")
_ENDINGS: Final = regex(r"\.(?:ya?ml|json|template)\.(?:j2|jinja2?|tpl|tmpl|erb|mustache|hbs|ejs)\Z")


def is_named_so(path: str) -> bool:
    """Whether a file's name says that another tool makes a template of it (``stack.yaml.j2``)."""
    return _ENDINGS.search(path) is not None


def is_rendered(path: str, text: str) -> bool:
    """Whether a text has marks of another tool, or stands at a path that has."""
    return "{{" in path or is_named_so(path) or _MARKS.search(text) is not None


def loosened(text: str) -> str:
    """The text as YAML can be read: statements blanked out, values made words, every line where it was."""
    text = _COMMENTS.sub(_blank, text)
    text = _STATEMENTS.sub(_blank, text)
    text = _VALUES.sub(lambda match: f"<%value%>{_lines(match)}", text)
    return _SED.sub(r"<%\1%>", text)


def _blank(match: re.Match[str]) -> str:
    return _lines(match)


def _lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def unfilled(function: Function, reason: str) -> Function:
    """The function with nothing that the other tool may change."""
    artifact = function.artifact
    unknown = (
        replace(artifact, dockerfile=None, context=None, command=None, entrypoint=None, reason=reason)
        if isinstance(artifact, Image)
        else Zip(artifact.span, reason=reason)
    )
    return replace(function, artifact=unknown, handler=None, handler_reason=reason, layers=(), environment_known=False)
