"""A module of somebody else's is imported, and only a dependency of what is asked for could bring it.

## Why

`requirements.txt` asks for distributions, and pip brings what those need in the versions of the day.  An import that
no distribution of the list brings itself works, if it does, by accident of somebody else's dependencies: the next
release may drop them.  What the distributions of the list are known to need does not bring the module either, so it is
more likely that the requirement was forgotten.

The same is said where everything that is installed is named, but for some of it nobody knows which modules it brings.

## Bad

`template.yaml`:

```yaml
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: app.handler
```

`src/requirements.txt`:

```text
requests>=2
```

`src/app.py`:

```python
import requests
import yaml


def handler(event, context):
    return yaml.safe_load(requests.get(event["url"]).text)
```

```report
src/app.py:2:8: VT206 `yaml` is imported, but only a dependency of what is asked for could bring it [third-party-not-declared]
```

## Good

`template.yaml`:

```yaml
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: app.handler
```

`src/requirements.txt`:

```text
requests>=2
PyYAML>=6
```

`src/app.py`:

```python
import requests
import yaml


def handler(event, context):
    return yaml.safe_load(requests.get(event["url"]).text)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import fails_when
from vartask.model import Deployment, Finding, StrangerOutcome, rule


@rule("VT206", on=Deployment, severity="warning")
def third_party_not_declared(deployment: Deployment) -> Iterator[Finding]:
    """Imports that nothing on an incomplete list brings, nor what that is known to need."""
    for outcome in deployment.strangers:
        if outcome.certain:
            continue
        yield Finding(
            outcome.span,
            f"`{outcome.name}` is imported, but {_why(outcome)}{fails_when(outcome)}",
            because=(*outcome.chain, *((outcome.asked,) if outcome.asked else ())),
            help=f"ask for  {' or '.join(outcome.owners)}" if outcome.owners else None,
            functions=(deployment.function.name,),
        )


def _why(outcome: StrangerOutcome) -> str:
    if outcome.complete:
        return "nothing that is installed is known to bring it"
    return "only a dependency of what is asked for could bring it"
