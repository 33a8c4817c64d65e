"""A file of the package takes the place of a module that the standard library itself needs.

## Why

Lambda looks for modules in `/var/task` before it looks in the standard library.  A file `random.py` beside the handler
is therefore what everybody gets who imports `random`: `tempfile`, `email`, `boto3`.  They do not find in it what they
need, and the import fails with `cannot import name` or `is not a package`, far from the file that is to blame.

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

`src/random.py`:

```python
def order_number():
    return 4
```

`src/app.py`:

```python
import tempfile


def handler(event, context):
    return tempfile.gettempdir()
```

```report
src/app.py:1:8: VT209 `src/random.py` takes the place of the standard library's `random`, which `tempfile` needs [stdlib-shadowed]
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

`src/order_random.py`:

```python
def order_number():
    return 4
```

`src/app.py`:

```python
import tempfile


def handler(event, context):
    return tempfile.gettempdir()
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, import_message
from vartask.model import Deployment, Finding, rule


@rule("VT209", on=Deployment)
def stdlib_shadowed(deployment: Deployment) -> Iterator[Finding]:
    """Imports of runtime modules that get a file of the package and do not find in it what they need."""
    for outcome in deployment.shadows:
        file, top = outcome.file.source or outcome.file.path, outcome.module.partition(".")[0]
        way = " → ".join(f"`{name}`" for name in outcome.through)
        yield Finding(
            outcome.span,
            f"`{file}` takes the place of the standard library's `{top}`, which {way} needs{fails_when(outcome)}",
            because=outcome.chain,
            help=f"rename `{file}`",
            runtime_message=import_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )
