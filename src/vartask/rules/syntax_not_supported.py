"""The runtime cannot parse a module that the function imports.

## Why

Code in the grammar of a newer Python than the function's runtime, and code that no Python can parse, ends the import
with `Runtime.UserCodeSyntaxError`, whatever the tests on a newer interpreter said.

## Bad

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
    match event:
        case {"id": order}:
            return order
```

```report
src/app.py:2:5: VT002 a `match` statement needs Python 3.10, and the function runs on 3.9 [syntax-not-supported]
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
def handler(event, context):
    match event:
        case {"id": order}:
            return order
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when, syntax_message
from vartask.model import Deployment, Finding, rule


@rule("VT002", on=Deployment)
def syntax_not_supported(deployment: Deployment) -> Iterator[Finding]:
    """Modules on the import path that the target's parser refuses."""
    for outcome in deployment.syntax:
        yield Finding(
            outcome.problem.span,
            f"{outcome.problem.message}{fails_when(outcome)}",
            because=outcome.chain,
            runtime_message=syntax_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )
