"""An import uses a prefix that the artifact does not have, or lacks one that it has.

## Why

`CodeUri: src/` and `COPY src/ ${LAMBDA_TASK_ROOT}/` put the *contents* of `src/` into `/var/task`: what the
repository calls `src.models` is `models` in Lambda.  Tests that run from the repository's root never notice.

## Bad

`template.yaml`:

```yaml
Resources:
  Login:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: handlers.login.handler
```

`src/handlers/login.py`:

```python
from src.models.errors import Denied


def handler(event, context):
    raise Denied
```

`src/models/errors.py`:

```python
class Denied(Exception):
    pass
```

```report
src/handlers/login.py:1:1: VT202 `src.models.errors` is packaged as `models.errors` [import-prefix-mismatch]
```

## Good

`template.yaml`:

```yaml
Resources:
  Login:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: handlers.login.handler
```

`src/handlers/login.py`:

```python
from models.errors import Denied


def handler(event, context):
    raise Denied
```

`src/models/errors.py`:

```python
class Denied(Exception):
    pass
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, import_message
from vartask.model import Cause, Deployment, Finding, Span, rule


@rule("VT202", on=Deployment)
def import_prefix_mismatch(deployment: Deployment) -> Iterator[Finding]:
    """First-party imports whose file is in the artifact under another name."""
    for outcome in deployment.imports:
        moved = outcome.relocation
        if moved is None:
            continue
        yield Finding(
            outcome.fact.span,
            f"`{moved.written}` is packaged as `{moved.importable}`{fails_when(outcome)}",
            because=(*outcome.chain, Cause(f"becomes `{moved.importable}` in the artifact", Span(moved.source))),
            help=f"import it as  {moved.importable}",
            runtime_message=import_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )
