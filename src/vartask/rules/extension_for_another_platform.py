"""An extension module in the package was compiled for another system than the function runs on.

## Why

Packages that were installed on macOS, on Windows, in Alpine or for the other processor hold machine code that Lambda
cannot load: the import fails with `invalid ELF header`, `cannot open shared object file`, ``version `GLIBC_2.28' not
found`` or, where the file's name says what it is for, with `No module named`.

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

`src/ratelib/_speedups.cpython-312-darwin.so`:

```text
(machine code)
```

`src/ratelib-1.0.dist-info/RECORD`:

```text
ratelib/__init__.py,,
ratelib/_speedups.cpython-312-darwin.so,,
```

`src/ratelib-1.0.dist-info/WHEEL`:

```text
Wheel-Version: 1.0
Root-Is-Purelib: false
Tag: cp312-cp312-macosx_11_0_arm64
```

```report
src/app.py:1:1: VT507 `ratelib._speedups` is in the package for macOS, not for Lambda's Linux on x86_64 [extension-for-another-platform]
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
from ratelib import limit


def handler(event, context):
    return limit(event)
```

`src/ratelib/__init__.py`:

```python
try:
    from ratelib._speedups import limit
except ImportError:
    from ratelib.slow import limit
```

`src/ratelib/slow.py`:

```python
def limit(event):
    return event
```

`src/ratelib/_speedups.cpython-312-darwin.so`:

```text
(machine code)
```

`src/ratelib-1.0.dist-info/RECORD`:

```text
ratelib/__init__.py,,
ratelib/_speedups.cpython-312-darwin.so,,
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, import_message, install_for, platform
from vartask.model import Deployment, Finding, rule


@rule("VT507", on=Deployment)
def extension_for_another_platform(deployment: Deployment) -> Iterator[Finding]:
    """Imports of extension modules that the function's system cannot load."""
    for outcome in deployment.binaries:
        if outcome.other_python:
            continue
        where = f"`{outcome.module}` is in the package for {outcome.made_for}, not for {platform(deployment, outcome)}"
        yield Finding(
            outcome.span,
            f"{where}{fails_when(outcome)}",
            because=outcome.chain,
            help=install_for(deployment, outcome),
            runtime_message=import_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )
