"""A module of somebody else's is imported, and nothing that the artifact holds brings it.

## Why

The developer's virtual environment has everything; Lambda has the standard library, the SDK and what the build put
into the package.  A requirement that was forgotten, that stands in the development group alone or in a
`requirements.txt` that the build does not read fails at the first cold start.

It is reported where everything that is installed is known: a lock file, requirements that are pinned with all their
dependencies, or a package that nothing is installed into.  Otherwise it is a gap, or `third-party-not-declared`.

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

`requirements.txt`:

```text
requests==2.32.5
```

`src/app.py`:

```python
import requests


def handler(event, context):
    return requests.get(event["url"]).status_code
```

```report
src/app.py:1:8: VT205 `requests` is not installed: nothing puts distributions into the zip package [third-party-not-installed]
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
requests==2.32.5
```

`src/app.py`:

```python
import requests


def handler(event, context):
    return requests.get(event["url"]).status_code
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.artifact.explain import package_word, seen_from
from vartask.imports.words import fails_when, import_message
from vartask.model import Cause, Deployment, Finding, Image, StrangerOutcome, UnknownRegion, Zip, rule

_MOVE = "install it without an environment, or with --target ${LAMBDA_TASK_ROOT}"


@rule("VT205", on=Deployment)
def third_party_not_installed(deployment: Deployment) -> Iterator[Finding]:
    """Imports of modules that certainly no distribution brings."""
    for outcome in deployment.strangers:
        if not outcome.certain:
            continue
        beside = _beside(deployment, outcome)
        asked = Cause(beside.reason, beside.at) if beside is not None else outcome.asked
        yield Finding(
            outcome.span,
            f"`{outcome.name}` is not installed: {_why(deployment, outcome, beside)}{fails_when(outcome)}",
            because=(*outcome.chain, *((asked,) if asked else ())),
            help=_help(deployment, outcome) if beside is None else _MOVE,
            runtime_message=import_message(deployment, outcome),
            at_init=outcome.when == "init",
            functions=(deployment.function.name,),
        )


def _help(deployment: Deployment, outcome: StrangerOutcome) -> str | None:
    function = deployment.function
    artifact, owners = function.artifact, " or ".join(outcome.owners)
    if not owners:
        return None
    copied = deployment.tree.entries.get("/var/task/requirements.txt")
    if isinstance(artifact, Zip) and artifact.requirements is None and copied is not None and copied.source is not None:
        return f"install  {owners}  into the package: {seen_from(function.span.path, copied.source)} is only copied"
    if not isinstance(artifact, Zip) or artifact.source is None:
        inline = isinstance(artifact, Zip) and artifact.inline is not None
        where = (
            "a layer, or package the code as a directory: a definition's own code" if inline else "what is installed"
        )
        return f"add  {owners}  to {where}{' brings no distributions' if inline else ''}"
    if artifact.requirements is not None:
        return f"add  {owners}  to {seen_from(function.span.path, artifact.requirements)}"
    if function.declared_by == "sam":
        beside = seen_from(function.span.path, f"{artifact.source}/requirements.txt".removeprefix("./"))
        return f"add  {owners}  to {beside}, which `sam build` installs"
    return f"add  {owners}  to what is installed"


def _beside(deployment: Deployment, outcome: StrangerOutcome) -> UnknownRegion | None:
    """Where the image has what is missing, or all that is installed, in a directory that nobody searches."""
    for region in deployment.tree.regions if isinstance(deployment.function.artifact, Image) else ():
        listed = (None if region.runtime else region.distributions) or frozenset()
        if listed.intersection(outcome.owners) or (listed and not outcome.owners and outcome.asked is None):
            return region
    return None


def _why(deployment: Deployment, outcome: StrangerOutcome, beside: UnknownRegion | None) -> str:
    word = package_word(deployment.function.artifact)
    if beside is not None:
        return f"the runtime does not look in {beside.path}"
    if outcome.asked is None:
        return f"nothing puts distributions into the {word}"
    return f"no distribution in the {word} brings it"
