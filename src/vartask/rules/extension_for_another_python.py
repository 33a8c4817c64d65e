"""An extension module in the package was compiled for another Python than the function runs on.

## Why

`_speedups.cpython-39-x86_64-linux-gnu.so` is for CPython 3.9 and for nothing else.  Any other version passes over the
file as if it were not there, and the import fails with `No module named`, although everybody can see it in the zip.
It comes from vendored packages that were installed with another Python than the function's runtime.

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
from ratelib import limit


def handler(event, context):
    return limit(event)
```

`src/ratelib/__init__.py`:

```python
from ratelib._speedups import limit
```

`src/ratelib/_speedups.cpython-39-x86_64-linux-gnu.so`:

```text
(machine code)
```

`src/ratelib-1.0.dist-info/RECORD`:

```text
ratelib/__init__.py,,
ratelib/_speedups.cpython-39-x86_64-linux-gnu.so,,
```

```report
src/app.py:1:1: VT506 `ratelib._speedups` is in the package for CPython 3.9 only, and the function runs on 3.12 [extension-for-another-python]
```

## Good

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.9
      CodeUri: src/
      Handler: app.handler
```

`src/app.py`:

```python
def handler(event, context):
    from ratelib import VERSION

    return VERSION
```

`src/ratelib/__init__.py`:

```python
VERSION = 1
```

`src/ratelib/_speedups.cpython-39-x86_64-linux-gnu.so`:

```text
(machine code)
```

`src/ratelib-1.0.dist-info/RECORD`:

```text
ratelib/__init__.py,,
ratelib/_speedups.cpython-39-x86_64-linux-gnu.so,,
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, import_message, install_for
from vartask.model import Deployment, Finding, rule


@rule("VT506", on=Deployment)
def extension_for_another_python(deployment: Deployment) -> Iterator[Finding]:
    """Imports of extension modules that only another CPython finds."""
    for outcome in deployment.binaries:
        if not outcome.other_python:
            continue
        only = f"`{outcome.module}` is in the package for {outcome.made_for} only"
        yield Finding(
            outcome.span,
            f"{only}, and the function runs on {outcome.version}{fails_when(outcome)}",
            because=outcome.chain,
            help=install_for(deployment, outcome),
            runtime_message=import_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )
