"""What the handler string names cannot be called.

## Why

The runtime takes whatever the module has under the handler's name.  A dict of routes, a `None` that is replaced only
elsewhere, an instance without `__call__`, a sub-module: the cold start succeeds, and every invocation fails with
`TypeError`.

## Bad

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: orders/
      Handler: app.handlers
```

`orders/app.py`:

```python
def handler(event, context):
    return {}


handlers = {"GET": handler}
```

```report
orders/app.py:5:12: VT105 the handler `app.handlers` is a dict and cannot be called: every invocation fails [handler-not-callable]
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
def handler(event, context):
    return {}


handlers = {"GET": handler}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import named_by
from vartask.model import Deployment, Finding, rule


@rule("VT105", on=Deployment)
def handler_not_callable(deployment: Deployment) -> Iterator[Finding]:
    """Handlers that are no functions."""
    written = deployment.handler.handler.value if deployment.handler is not None else ""
    for outcome in deployment.invocation:
        if outcome.kind == "callable":
            yield Finding(
                outcome.span,
                f"the handler `{written}` is {outcome.what} and cannot be called: every invocation fails",
                because=(*named_by(deployment), *outcome.chain),
                runtime_message=outcome.error,
                functions=(deployment.function.name,),
            )
