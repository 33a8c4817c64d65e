"""A module of the standard library is not in the Python that the function runs on.

## Why

Python removes modules (`distutils` and `imp` in 3.12, `cgi`, `telnetlib` and a dozen others in 3.13) and adds new ones
(`tomllib` in 3.11).  The import works on the developer's Python and fails at the first cold start on the function's.

## Bad

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      CodeUri: src/
      Handler: app.handler
```

`src/app.py`:

```python
import formatter


def handler(event, context):
    return formatter.NullWriter()
```

```report
src/app.py:1:8: VT207 module `formatter` is not in Python 3.13: it was removed in 3.10 [stdlib-module-missing]
```

## Good

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      CodeUri: src/
      Handler: app.handler
```

`src/app.py`:

```python
import io


def handler(event, context):
    return io.StringIO().getvalue()
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, import_message, lifetime, of_python, successor
from vartask.model import Deployment, Finding, rule


@rule("VT207", on=Deployment)
def stdlib_module_missing(deployment: Deployment) -> Iterator[Finding]:
    """Imports of modules that only other versions' standard library has."""
    for outcome in deployment.stdlib:
        if outcome.name is not None:
            continue
        yield Finding(
            outcome.span,
            f"module `{outcome.module}` is not in {of_python(outcome)}: it {lifetime(outcome)}{fails_when(outcome)}",
            because=outcome.chain,
            help=successor(outcome),
            runtime_message=import_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )
