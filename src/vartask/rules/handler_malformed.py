"""The handler string cannot name any function.

## Why

The runtime splits the handler at its last dot, turns slashes into dots, and imports what is before it.  A handler
without a dot, one that begins with a slash or a dot, and one whose module is built into the interpreter fail
before any file is looked at.

## Bad

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: orders/
      Handler: lambda_handler
```

`orders/app.py`:

```python
def lambda_handler(event, context):
    return {}
```

```report
template.yaml:7:16: VT103 handler `lambda_handler` has no dot between module and function [handler-malformed]
```

## Good

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: orders/
      Handler: app.lambda_handler
```

`orders/app.py`:

```python
def lambda_handler(event, context):
    return {}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import Deployment, Finding, rule


@rule("VT103", on=Deployment)
def handler_malformed(deployment: Deployment) -> Iterator[Finding]:
    """The handler is refused before anything is imported."""
    outcome = deployment.handler
    if outcome is None or outcome.problem is None or outcome.problem.kind not in {"malformed", "builtin", "relative"}:
        return
    handler, problem = outcome.handler.value, outcome.problem
    if problem.kind == "builtin":
        message = f"handler `{handler}` names a module that is built into the interpreter"
        advice = "rename the module: no file can replace a built-in one"
    elif problem.kind == "relative":
        message = f"handler `{handler}` begins with a slash or a dot"
        advice = f"write it relative to /var/task:  {handler.removeprefix('/var/task').lstrip('./')}"
    elif "." not in handler:
        message = f"handler `{handler}` has no dot between module and function"
        advice = "write it as  module.function"
    else:
        message = f"handler `{handler}` has no module before its last dot"
        advice = "write it as  module.function"
    yield Finding(
        outcome.handler.span,
        message,
        help=advice,
        runtime_message=f"{problem.error_type}: {problem.text}",
        at_init=True,
        functions=(deployment.function.name,),
    )
