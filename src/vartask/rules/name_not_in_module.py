"""A name that the code imports is not defined by the first-party module it is imported from.

## Why

`from shared.clients import get_client` needs a top-level name.  After a refactoring it may have become a method of
a class, or the package's `__init__.py` no longer re-exports it; the import then fails at init although the module
is packaged.

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
from clients import get_client


def handler(event, context):
    return get_client("s3")
```

`src/clients.py`:

```python
class AWSClients:
    @classmethod
    def get_client(cls, name):
        return name
```

```report
src/app.py:1:21: VT203 `clients` does not define `get_client`: it is a classmethod of `AWSClients` [name-not-in-module]
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
from clients import AWSClients


def handler(event, context):
    return AWSClients.get_client("s3")
```

`src/clients.py`:

```python
class AWSClients:
    @classmethod
    def get_client(cls, name):
        return name
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.artifact.explain import seen_from
from vartask.imports.words import fails_when, import_message
from vartask.model import Cause, Deployment, Finding, Function, MissingName, Span, rule


@rule("VT203", on=Deployment)
def name_not_in_module(deployment: Deployment) -> Iterator[Finding]:
    """Names that a first-party module does not bind."""
    for outcome in deployment.names:
        detail = f": it is {_article(outcome.owner_kind)} of `{outcome.owner}`" if outcome.owner else ""
        yield Finding(
            outcome.span,
            f"`{outcome.module}` does not define `{outcome.name}`{detail}{fails_when(outcome)}",
            because=(*outcome.chain, *_because(outcome)),
            help=_help(deployment.function, outcome),
            runtime_message=import_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )


def _article(kind: str | None) -> str:
    return f"an {kind}" if kind and kind[0] in "aeiou" else f"a {kind}"


def _because(outcome: MissingName) -> tuple[Cause, ...]:
    if outcome.location is None:
        return (Cause(f"`{outcome.module}` is a directory without __init__.py, so it defines nothing"),)
    return (Cause(f"is loaded as `{outcome.module}`", Span(outcome.location.source)),)


def _help(function: Function, outcome: MissingName) -> str | None:
    if outcome.owner is not None:
        return f"import  {outcome.owner}  and use  {outcome.owner}.{outcome.name}"
    if outcome.similar:
        return f"did you mean  {' or '.join(outcome.similar)}?"
    if outcome.elsewhere:
        return f"bring {seen_from(function.span.path, outcome.elsewhere[0])} into the artifact"
    return None
