"""A function reads an environment variable while it starts, and its definition does not set it.

## Why

A deployment replaces the whole environment of a function by what its definition lists.  `os.environ["NAME"]` at the top
level of a module ends every start of a function whose definition forgot the name, or spells it otherwise.  In the tests,
and for the function beside it, the variable is there.

Nothing is reported when something else may set it: code, a wrapper script, a package that loads variables, or a script or
page of the repository that speaks of it.

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
      Environment:
        Variables:
          ORDER_TABLE: orders
```

`src/app.py`:

```python
import os

TABLE = os.environ["ORDERS_TABLE"]


def handler(event, context):
    return {"table": TABLE}
```

```report
src/app.py:3:9: VT601 the environment variable `ORDERS_TABLE` is read when `app` is imported, and nothing sets it [environment-variable-not-set]
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
      Environment:
        Variables:
          ORDERS_TABLE: orders
```

`src/app.py`:

```python
import os

TABLE = os.environ["ORDERS_TABLE"]


def handler(event, context):
    return {"table": TABLE}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import raised_message
from vartask.model import Cause, Deployment, Finding, rule


@rule("VT601", on=Deployment)
def environment_variable_not_set(deployment: Deployment) -> Iterator[Finding]:
    """Variables that are needed at init and that the definition, which lists all that there are, does not name."""
    function = deployment.function
    for outcome in deployment.raised:
        if outcome.kind != "variable":
            continue
        name, read = outcome.subject, f"is read when `{outcome.module.name}` is imported"
        similar = f"; it sets {outcome.similar[0]}" if outcome.similar else ""
        yield Finding(
            outcome.span,
            f"the environment variable `{name}` {read}, and nothing sets it",
            because=(*outcome.chain, Cause(f"declares `{function.name}` without the variable{similar}", function.span)),
            help=f"set {name} where {function.span} declares the function, or read it by os.environ.get()",
            runtime_message=raised_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(function.name,),
        )
