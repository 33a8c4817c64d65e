"""A name that is read while a module is imported is bound nowhere before.

## Why

A name that is left over from a refactoring, imported for type checkers only, or defined further down, ends the import of
the module with a `NameError`, and with it the start of the function.

## Bad

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: app.handler
```

`src/app.py`:

```python
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from events import Event


def handler(event: Event, context):
    return {}
```

`src/events.py`:

```python
class Event(dict):
    pass
```

```report
src/app.py:7:20: VT211 `Event` is not defined when `app` is imported [undefined-name]
```

## Good

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: app.handler
```

`src/app.py`:

```python
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from events import Event


def handler(event: Event, context):
    return {}
```

`src/events.py`:

```python
class Event(dict):
    pass
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, raised_message
from vartask.model import Cause, Deployment, Finding, rule


@rule("VT211", on=Deployment)
def undefined_name(deployment: Deployment) -> Iterator[Finding]:
    """Names that a module reads at its top level and has not bound."""
    for outcome in deployment.raised:
        if outcome.kind != "name":
            continue
        later = (Cause(f"binds `{outcome.subject}` only here", outcome.bound),) if outcome.bound is not None else ()
        yield Finding(
            outcome.span,
            f"`{outcome.subject}` is not defined when `{outcome.module.name}` is imported{fails_when(outcome)}",
            because=(*outcome.chain, *later),
            help=f"did you mean  {' or '.join(outcome.similar)}?" if outcome.similar else None,
            runtime_message=raised_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )
