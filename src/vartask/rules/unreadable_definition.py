"""A deployment definition cannot be read as what it is.

## Why

A Dockerfile with an unknown instruction or a template that is not valid YAML declares nothing that could be checked:
the functions behind it would pass unseen.  The deployment tool will refuse the file too.

## Bad

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.12, Handler: app.handler
```

```report
template.yaml:5:1: VT001 not YAML: did not find expected ',' or '}' while parsing a flow mapping [unreadable-definition]
```

## Good

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.12, Handler: app.handler}
```

`app.py`:

```python
def handler(event, context):
    return {}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import Finding, Workspace, rule


@rule("VT001", on=Workspace)
def unreadable_definition(workspace: Workspace) -> Iterator[Finding]:
    """Problems that reading the definitions met."""
    for problem in workspace.problems:
        yield Finding(problem.span, problem.message)
