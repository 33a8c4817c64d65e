"""An import string names a module of the project that is not in the artifact.

## Why

The string reaches `importlib.import_module`, so the module it names must be packaged like any imported one.  Nothing
but a request that takes this path will show that it is not.

## Bad

`template.yaml`:

```yaml
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: api/
      Handler: app.handler
```

`api/app.py`:

```python
from importlib import import_module


def handler(event, context):
    return import_module("plugins.export").run(event)
```

`plugins/export.py`:

```python
def run(event):
    return event
```

```report
api/app.py:5:26: VT302 import string `plugins.export` is not in the zip package [import-string-not-packaged]
```

## Good

`template.yaml`:

```yaml
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: api/
      Handler: app.handler
```

`api/app.py`:

```python
from importlib import import_module


def handler(event, context):
    return import_module("plugins.export").run(event)
```

`api/plugins/export.py`:

```python
def run(event):
    return event
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.artifact.explain import bring, copy_causes, package_word, task_root
from vartask.imports.words import string_fails_init, string_message
from vartask.model import Deployment, Finding, rule


@rule("VT302", on=Deployment)
def import_string_not_packaged(deployment: Deployment) -> Iterator[Finding]:
    """Import strings whose module is absent under any name."""
    for outcome in deployment.strings:
        if outcome.relocation is not None or outcome.missing is None:
            continue
        word = package_word(deployment.function.artifact)
        yield Finding(
            outcome.fact.span,
            f"import string `{outcome.fact.value}` is not in the {word}",
            because=(*outcome.chain, *copy_causes(deployment.tree, task_root(deployment.tree))),
            help=bring(deployment, outcome.fact.value, outcome.missing, outcome.candidates),
            runtime_message=string_message(deployment, outcome),
            at_init=string_fails_init(outcome),
            functions=(deployment.function.name,),
        )
