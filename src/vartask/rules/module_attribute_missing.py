"""An attribute that is read from a first-party module while the function starts does not exist.

## Why

`import orders` does not import `orders.prices`: a sub-module is an attribute of its package only once something has
imported it.  In tests something else usually has.

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
import orders

TOTAL = orders.prices.total

def handler(event, context):
    return {}
```

`src/orders/__init__.py`:

```python
```

`src/orders/prices.py`:

```python
def total(values):
    return sum(values)
```

```report
src/app.py:3:9: VT212 `orders` has no attribute `prices` when `app` is imported [module-attribute-missing]
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
import orders.prices

TOTAL = orders.prices.total

def handler(event, context):
    return {}
```

`src/orders/__init__.py`:

```python
```

`src/orders/prices.py`:

```python
def total(values):
    return sum(values)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, raised_message
from vartask.model import Deployment, Finding, RaisedOutcome, rule


@rule("VT212", on=Deployment)
def module_attribute_missing(deployment: Deployment) -> Iterator[Finding]:
    """Attributes that a first-party module lacks when they are read at init."""
    for outcome in deployment.raised:
        if outcome.kind != "attribute" or outcome.owner is None:
            continue
        lacks = f"`{outcome.owner.name}` has no attribute `{outcome.subject}`"
        yield Finding(
            outcome.span,
            f"{lacks} when `{outcome.module.name}` is imported{fails_when(outcome)}",
            because=outcome.chain,
            help=_help(outcome),
            runtime_message=raised_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )


def _help(outcome: RaisedOutcome) -> str | None:
    if outcome.submodule is not None:
        return f"import  {outcome.submodule}  before it is used"
    return f"did you mean  {' or '.join(outcome.similar)}?" if outcome.similar else None
