"""A test passes its own context to a handler, with an attribute that Lambda's object does not have.

## Why

Code that reads the invented attribute passes its tests and raises `AttributeError` in Lambda: the double hides
the very mistake that the test should find.  An object made with `spec=` or a class with exactly the runtime's
attributes cannot do that.

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
def handler(event, context):
    return {"id": getattr(context, "request_id", None)}
```

`tests/test_app.py`:

```python
from types import SimpleNamespace

from orders.app import handler


def test_the_id_is_returned():
    context = SimpleNamespace(request_id="abc")
    assert handler({}, context) == {"id": "abc"}
```

```report
tests/test_app.py:7:31: VT402 this context has `request_id`, which Lambda's does not [context-double-attribute]
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
    return {"id": context.aws_request_id}
```

`tests/test_app.py`:

```python
from types import SimpleNamespace

from orders.app import handler


def test_the_id_is_returned():
    context = SimpleNamespace(aws_request_id="abc")
    assert handler({}, context) == {"id": "abc"}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import Cause, Finding, Workspace, rule


@rule("VT402", on=Workspace, severity="warning")
def context_double_attribute(workspace: Workspace) -> Iterator[Finding]:
    """An attribute that only the test's context has."""
    for double in workspace.doubles:
        yield Finding(
            double.span,
            f"this context has `{double.attribute}`, which Lambda's does not",
            because=(Cause(f"passed to the handler `{double.handler}`", double.passed),),
            help=f"did you mean  {double.suggestion}?" if double.suggestion else None,
            at_handler=double.span,
        )
