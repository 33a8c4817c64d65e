"""A module that the function imports certainly raises, or ends the process, while it is imported.

## Why

A `raise` or `sys.exit()` at the top level, under no condition or one that always holds in Lambda, ends every start of the
function. So does making a file or a directory anywhere but below `/tmp`: all else is read-only.

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
import settings

def handler(event, context):
    return {}
```

`src/settings.py`:

```python
import sys

if sys.platform == "linux":
    raise RuntimeError("for development machines only")
```

```report
src/settings.py:4:5: VT213 `settings` raises RuntimeError when it is imported [raises-at-import]
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
import settings

def handler(event, context):
    return {}
```

`src/settings.py`:

```python
import sys

if sys.platform == "win32":
    raise RuntimeError("not for Windows")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, raised_message
from vartask.model import Deployment, Finding, RaisedOutcome, rule


@rule("VT213", on=Deployment)
def raises_at_import(deployment: Deployment) -> Iterator[Finding]:
    """Modules that raise or exit at their top level."""
    for outcome in deployment.raised:
        if outcome.kind not in {"raise", "assert", "exit", "write"}:
            continue
        yield Finding(
            outcome.span,
            f"`{outcome.module.name}` {_does(outcome)} when it is imported{fails_when(outcome)}",
            because=outcome.chain,
            help="only /tmp can be written" if outcome.kind == "write" else None,
            runtime_message=raised_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )


def _does(outcome: RaisedOutcome) -> str:
    if outcome.kind == "write":
        return f"makes `{outcome.subject}`, where nothing can be written,"
    return "ends the process" if outcome.kind == "exit" else f"raises {outcome.exception or 'an exception'}"
