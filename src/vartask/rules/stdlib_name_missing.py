"""A name that the code imports from the standard library is not in the Python that the function runs on.

## Why

`from typing import Self` needs Python 3.11, `from collections import Mapping` stopped working in 3.10.  The import works
on the developer's Python and fails at the first cold start on the function's.

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
from collections import Mapping


def handler(event, context):
    return isinstance(event, Mapping)
```

```report
src/app.py:1:25: VT208 `collections` of Python 3.12 does not have `Mapping`: it was removed in 3.10 [stdlib-name-missing]
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
from collections.abc import Mapping


def handler(event, context):
    return isinstance(event, Mapping)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, import_message, lifetime, of_python, successor
from vartask.model import Deployment, Finding, rule


@rule("VT208", on=Deployment)
def stdlib_name_missing(deployment: Deployment) -> Iterator[Finding]:
    """Names that the target's standard library does not define."""
    for outcome in deployment.stdlib:
        if outcome.name is None:
            continue
        message = f"`{outcome.module}` of {of_python(outcome)} does not have `{outcome.name}`: it {lifetime(outcome)}"
        yield Finding(
            outcome.span,
            f"{message}{fails_when(outcome)}",
            because=outcome.chain,
            help=successor(outcome),
            runtime_message=import_message(deployment, outcome) if outcome.exact else None,
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )
