"""The handler cannot be called with the event and the context.

## Why

The runtime calls `handler(event, context)`: two arguments, by position.  A function with one parameter, a third that
has no default, a keyword-only one, or a method taken from its class without an instance is found at the cold start,
and then fails at every invocation.  Parameters beyond the second are fine where they have a default.

## Bad

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: orders/
      Handler: app.handler
```

`orders/app.py`:

```python
def handler(event):
    return {"orders": len(event)}
```

```report
orders/app.py:1:1: VT104 handler `handler` cannot be called with the event and the context: every invocation fails [handler-arguments-mismatch]
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
      Handler: app.handler
```

`orders/app.py`:

```python
def handler(event, context, limit=10):
    return {"orders": min(len(event), limit)}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import named_by
from vartask.model import Deployment, Finding, rule


@rule("VT104", on=Deployment)
def handler_arguments_mismatch(deployment: Deployment) -> Iterator[Finding]:
    """Handlers whose parameters do not take two arguments by position."""
    for outcome in deployment.invocation:
        if outcome.kind == "arguments":
            yield Finding(
                outcome.span,
                f"handler `{outcome.what}` cannot be called with the event and the context: every invocation fails",
                because=(*named_by(deployment), *outcome.chain),
                help="write it as  def handler(event, context)",
                runtime_message=outcome.error,
                functions=(deployment.function.name,),
            )
