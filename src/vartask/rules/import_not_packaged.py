"""A first-party module that the code imports is not in the artifact.

## Why

On a developer's machine the whole repository is on the path, in Lambda only what was packaged.  A `shared/`
directory beside the packaged one, a module that no COPY line names, a file that `.dockerignore` keeps out: the
import works in every local test and fails at the first cold start.

## Bad

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: orders/
      Handler: app.handler
```

`orders/app.py`:

```python
from shared.audit import record


def handler(event, context):
    return record(event)
```

`shared/audit.py`:

```python
def record(event):
    return event
```

```report
orders/app.py:1:1: VT201 module `shared.audit` is not in the zip package [import-not-packaged]
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
      Handler: orders.app.handler
```

`src/orders/app.py`:

```python
from shared.audit import record


def handler(event, context):
    return record(event)
```

`src/shared/audit.py`:

```python
def record(event):
    return event
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.artifact.explain import beside_the_path, bring, copy_causes, package_word, task_root
from vartask.imports.words import fails_when, import_message
from vartask.model import Cause, Deployment, Finding, ImportOutcome, rule


@rule("VT201", on=Deployment)
def import_not_packaged(deployment: Deployment) -> Iterator[Finding]:
    """First-party imports that find nothing, under any name."""
    for outcome in deployment.imports:
        if outcome.relocation is not None or not outcome.error.startswith("No module"):
            continue
        word = package_word(deployment.function.artifact)
        yield Finding(
            outcome.fact.span,
            f"module `{outcome.fact.module or outcome.missing}` is not in the {word}{fails_when(outcome)}",
            because=(*outcome.chain, *_because(deployment, outcome)),
            help=_help(deployment, outcome),
            runtime_message=import_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )


def _because(deployment: Deployment, outcome: ImportOutcome) -> tuple[Cause, ...]:
    if outcome.error.endswith("is not a package"):
        return (Cause(outcome.error.partition("; ")[2]),)
    found = beside_the_path(deployment, outcome.candidates)
    if found is not None:
        return (Cause(f"puts it at {found[0]}, where Python does not look", found[1]),)
    return copy_causes(deployment.tree, task_root(deployment.tree), outcome.removed_by)


def _help(deployment: Deployment, outcome: ImportOutcome) -> str | None:
    found = beside_the_path(deployment, outcome.candidates)
    if found is None:
        return bring(deployment, outcome.name, outcome.missing, outcome.candidates, outcome.removed_by)
    if found[0].startswith("/opt/python/"):
        return "leave PYTHONPATH out: where it is set, Python does not look into layers"
    return "put it below python/ in the layer"
