"""An import string names an attribute that the first-party module does not define.

## Why

`"pkg.mod:attr"` is split, the module imported, the attribute asked for.  The module is there, the name is not: it was
renamed, or it is an attribute of a class.

## Bad

`template.yaml`:

```yaml
Resources:
  Jobs:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: app.handler
```

`src/app.py`:

```python
import pkgutil


def handler(event, context):
    return pkgutil.resolve_name("jobs.nightly:start")(event)
```

`src/jobs/nightly.py`:

```python
def run(event):
    return event
```

```report
src/app.py:5:33: VT303 `jobs.nightly` does not define `start` [import-string-attribute-missing]
```

## Good

`template.yaml`:

```yaml
Resources:
  Jobs:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: app.handler
```

`src/app.py`:

```python
import pkgutil


def handler(event, context):
    return pkgutil.resolve_name("jobs.nightly:run")(event)
```

`src/jobs/nightly.py`:

```python
def run(event):
    return event
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import string_fails_init, string_message
from vartask.model import Deployment, Finding, rule


@rule("VT303", on=Deployment)
def import_string_attribute_missing(deployment: Deployment) -> Iterator[Finding]:
    """Import strings whose module is there and whose attribute is not."""
    for outcome in deployment.strings:
        if outcome.missing is not None or outcome.relocation is not None:
            continue
        yield Finding(
            outcome.fact.span,
            f"`{outcome.fact.value}` does not define `{outcome.fact.attribute}`",
            because=outcome.chain,
            runtime_message=string_message(deployment, outcome),
            at_init=string_fails_init(outcome),
            functions=(deployment.function.name,),
        )
