"""Keys that stand twice in a template.

CloudFormation does not refuse them: it takes the last, in YAML and JSON alike, and so does ``sam``
(https://github.com/aws-cloudformation/cfn-language-discussion/issues/96).  So what stands first is silently lost: a
defect where that is a whole function, which is then never deployed, and a doubt elsewhere, since what counts may work.
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import Gap, Problem
from vartask.syntax.cloudformation import shown
from vartask.syntax.nodes import Duplicate, Node, Scalar
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.template import Template

FUNCTIONS = frozenset({"AWS::Serverless::Function", "AWS::Lambda::Function"})


def duplicates(template: Template) -> Iterator[Problem | Gap]:
    """What is to be said of the template's duplicate keys."""
    for twice in template.duplicates:
        values = [value for key, value in twice.owner.pairs if isinstance(key, Scalar) and key.value == twice.name]
        lost = twice.owner is template.section and any(map(_is_function, values[:-1]))
        yield Problem("definition", _message(twice), twice.span) if lost else Gap(twice.span, _message(twice))


def _message(twice: Duplicate) -> str:
    return f"`{shown(twice.name)}` stands twice in one mapping: only this one counts, line {twice.first.line} is lost"


def _is_function(node: Node) -> bool:
    kind = node.get("Type") if isinstance(node, Map) else None
    return isinstance(kind, Scalar) and kind.value in FUNCTIONS
