"""A file that the function reads while it starts is not in the package.

## Why

Templates, schemas and configuration that stand beside the sources are there in every test.  A `CodeUri`, a `COPY` line or
an ignore file that leaves them out is noticed when the function starts.

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
from pathlib import Path

SCHEMA = (Path(__file__).parent / "schema.json").read_text()


def handler(event, context):
    return {}
```

`schema.json`:

```json
{}
```

```report
src/app.py:3:10: VT508 `/var/task/schema.json` is read when `app` is imported, and not in the zip package [data-file-not-packaged]
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
from pathlib import Path

SCHEMA = (Path(__file__).parent / "schema.json").read_text()


def handler(event, context):
    return {}
```

`src/schema.json`:

```json
{}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.artifact.explain import package_word, seen_from
from vartask.imports.words import raised_message
from vartask.model import Deployment, Finding, rule


@rule("VT508", on=Deployment)
def data_file_not_packaged(deployment: Deployment) -> Iterator[Finding]:
    """Files that are read at init and that the artifact certainly lacks."""
    function = deployment.function
    for outcome in deployment.raised:
        if outcome.kind != "file":
            continue
        read = f"`{outcome.subject}` is read when `{outcome.module.name}` is imported"
        found = [seen_from(function.span.path, item) for item in outcome.similar]
        yield Finding(
            outcome.span,
            f"{read}, and not in the {package_word(function.artifact)}",
            because=outcome.chain,
            help=f"bring {found[0]} into the {package_word(function.artifact)}" if found else None,
            runtime_message=raised_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(function.name,),
        )
