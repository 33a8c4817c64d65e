"""The handler's context is asked for an attribute that Lambda's object does not have.

## Why

The second argument of a handler is an object of the runtime with a handful of attributes: `aws_request_id`,
`function_name`, `get_remaining_time_in_millis()` and so on.  Any other name raises `AttributeError` at the first
invocation; unit tests with a home-made context do not notice.  The context is followed wherever the handler
passes it on.

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
from audit import record


def handler(event, context):
    return record(event, context)
```

`orders/audit.py`:

```python
def record(event, lambda_context):
    return {"execution": lambda_context.request_id}
```

```report
orders/audit.py:2:26: VT401 Lambda's context has no attribute `request_id` [context-attribute-missing]
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
from audit import record


def handler(event, context):
    return record(event, context)
```

`orders/audit.py`:

```python
def record(event, lambda_context):
    return {"execution": lambda_context.aws_request_id}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import Deployment, Finding, rule

_NAMES = {
    "LambdaContext": "Lambda's context",
    "CognitoIdentity": "the context's `identity`",
    "ClientContext": "the context's `client_context`",
    "Client": "the `client` of the context's `client_context`",
}
_ALWAYS_THERE = frozenset({"LambdaContext", "CognitoIdentity"})


@rule("VT401", on=Deployment)
def context_attribute_missing(deployment: Deployment) -> Iterator[Finding]:
    """A read that raises AttributeError."""
    for use in deployment.context:
        # Without a mobile client ``client_context`` is None, and Python's text another.
        logged = use.owner in _ALWAYS_THERE and not use.caught
        text = f"AttributeError: '{use.owner}' object has no attribute '{use.attribute}'"
        yield Finding(
            use.span,
            f"{_NAMES.get(use.owner, use.owner)} has no attribute `{use.attribute}`",
            because=use.because,
            help=f"did you mean  {use.suggestion}?" if use.suggestion else None,
            runtime_message=text if logged else None,
            functions=(deployment.function.name,),
            at_handler=use.span,
        )
