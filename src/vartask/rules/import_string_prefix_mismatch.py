"""An import string uses a prefix that the artifact does not have, or lacks one that it has.

## Why

Strings are imports that no linter and no import test sees: a router map whose values go through
`importlib.import_module` at request time starts cleanly and then answers every route with an error, because
`/var/task` is already the source root.

## Bad

`template.yaml`:

```yaml
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: app.handler
```

`src/app.py`:

```python
import importlib

ROUTES = {
    "orders": "src.routers.orders",
    "users": "routers.users",
}


def handler(event, context):
    return importlib.import_module(ROUTES[event["route"]]).answer(event)
```

`src/routers/orders.py`:

```python
def answer(event):
    return event
```

`src/routers/users.py`:

```python
def answer(event):
    return event
```

```report
src/app.py:4:15: VT301 import string `src.routers.orders` is packaged as `routers.orders` [import-string-prefix-mismatch]
```

## Good

`template.yaml`:

```yaml
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: app.handler
```

`src/app.py`:

```python
import importlib

ROUTES = {
    "orders": "routers.orders",
    "users": "routers.users",
}


def handler(event, context):
    return importlib.import_module(ROUTES[event["route"]]).answer(event)
```

`src/routers/orders.py`:

```python
def answer(event):
    return event
```

`src/routers/users.py`:

```python
def answer(event):
    return event
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import string_fails_init, string_message
from vartask.model import Cause, Deployment, Finding, Span, rule


@rule("VT301", on=Deployment)
def import_string_prefix_mismatch(deployment: Deployment) -> Iterator[Finding]:
    """Import strings whose file is in the artifact under another name."""
    for outcome in deployment.strings:
        moved = outcome.relocation
        if moved is None:
            continue
        yield Finding(
            outcome.fact.span,
            f"import string `{moved.written}` is packaged as `{moved.importable}`",
            because=(*outcome.chain, Cause(f"becomes `{moved.importable}` in the artifact", Span(moved.source))),
            help=f"write it as  {moved.importable}",
            runtime_message=string_message(deployment, outcome),
            at_init=string_fails_init(outcome),
            functions=(deployment.function.name,),
        )
