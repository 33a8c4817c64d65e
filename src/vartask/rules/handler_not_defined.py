"""The handler's module does not define the attribute that the handler names.

## Why

The module is imported, then the runtime asks it for the last part of the handler string.  If the function was
renamed, is a method of a class, or was moved to another module, every cold start fails with
`Runtime.HandlerNotFound`.

## Bad

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
def handler(event, context):
    return {}
```

```report
template.yaml:7:16: VT102 `app` does not define the handler `lambda_handler` [handler-not-defined]
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
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import Cause, Deployment, Finding, Span, rule


@rule("VT102", on=Deployment)
def handler_not_defined(deployment: Deployment) -> Iterator[Finding]:
    """The handler's attribute is absent."""
    outcome = deployment.handler
    if outcome is None or outcome.problem is None or outcome.problem.kind != "attribute":
        return
    problem = outcome.problem
    module = problem.module
    source = module.source if module is not None else ""
    because = (Cause(f"has no top-level name `{problem.attribute}`", Span(source)),) if source else ()
    if not because and module is not None:
        because = (Cause(f"`{module.name}` is a directory without __init__.py, so it defines nothing"),)
    yield Finding(
        outcome.handler.span,
        f"`{outcome.handler.value.rpartition('.')[0]}` does not define the handler `{problem.attribute}`",
        because=because,
        help=f"did you mean  {' or '.join(problem.similar)}?" if problem.similar else None,
        runtime_message=f"{problem.error_type}: {problem.text}",
        at_init=True,
        functions=(deployment.function.name,),
        at_handler=Span(source) if source else None,
    )
