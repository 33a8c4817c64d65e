"""A relative import in a module that is not part of a package in the artifact.

## Why

Tests import `orders.app`, so `from .models import Order` works.  Packaged with `CodeUri: orders/` the same file is
the top-level module `app`: it has no parent package, and the import fails at init.

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
from .models import Order


def handler(event, context):
    return {"order": Order.__name__}
```

`orders/models.py`:

```python
class Order:
    pass
```

```report
orders/app.py:1:1: VT204 `from .models` is relative, but `app` is a top-level module in Lambda [relative-import-outside-package]
```

## Good

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: .
      Handler: orders.app.handler
```

`orders/app.py`:

```python
from .models import Order


def handler(event, context):
    return {"order": Order.__name__}
```

`orders/models.py`:

```python
class Order:
    pass
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, import_message
from vartask.model import Cause, Deployment, Finding, Span, rule


@rule("VT204", on=Deployment)
def relative_import_outside_package(deployment: Deployment) -> Iterator[Finding]:
    """Relative imports without a package to be relative to."""
    for outcome in deployment.imports:
        if not outcome.error.startswith("attempted relative import"):
            continue
        module = outcome.importer.name
        where = "a top-level module" if "no known parent" in outcome.error else "not so deep in a package"
        yield Finding(
            outcome.fact.span,
            f"`from {outcome.fact.written}` is relative, but `{module}` is {where} in Lambda{fails_when(outcome)}",
            because=(*outcome.chain, Cause(f"is loaded as `{module}`", Span(outcome.importer.source))),
            help=f"import it as  {outcome.fact.module}" if outcome.fact.module else "import the module by its own name",
            runtime_message=import_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )
