"""Two first-party modules import each other, and one needs a name that the other has not bound yet.

## Why

`orders` imports `prices` before it has bound anything, and `prices` asks `orders` for a name.  Which of the two modules
is imported first decides whether that works, so a test that imports `prices` passes, and the function fails at init.

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

def handler(event, context):
    return {}
```

`src/orders.py`:

```python
from prices import total

CURRENCY = "EUR"
```

`src/prices.py`:

```python
from orders import CURRENCY


def total(values):
    return sum(values), CURRENCY
```

```report
src/prices.py:1:20: VT210 `orders` has not bound `CURRENCY` yet when `prices` asks for it [circular-import]
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
import orders

def handler(event, context):
    return {}
```

`src/orders.py`:

```python
from currencies import CURRENCY
from prices import total
```

`src/prices.py`:

```python
from currencies import CURRENCY


def total(values):
    return sum(values), CURRENCY
```

`src/currencies.py`:

```python
CURRENCY = "EUR"
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, raised_message
from vartask.model import Cause, Deployment, Finding, rule


@rule("VT210", on=Deployment)
def circular_import(deployment: Deployment) -> Iterator[Finding]:
    """Names taken from a module that is half done."""
    for outcome in deployment.raised:
        if outcome.kind != "circular" or outcome.owner is None or outcome.bound is None:
            continue
        asks = f"`{outcome.owner.name}` has not bound `{outcome.subject}` yet when `{outcome.module.name}` asks for it"
        yield Finding(
            outcome.span,
            f"{asks}{fails_when(outcome)}",
            because=(*outcome.chain, Cause(f"binds `{outcome.subject}` only here", outcome.bound)),
            help="move what both need to a module of its own, or import it inside the function that uses it",
            runtime_message=raised_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )
