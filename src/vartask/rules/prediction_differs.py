"""The container has something else than the project's files say.

## Why

`vartask verify` holds what it sees in the container against what `vartask check` predicts.  Where they differ, the image or
package was made from other files than these, or the prediction is wrong: then the other findings cannot be trusted
either.  After a fresh build please report it with the files in question and what `vartask verify --save-observation FILE` writes,
which is all that is needed to see the difference again.

## Bad

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
    Metadata:
      Dockerfile: Dockerfile
      DockerContext: .
```

`Dockerfile`:

```dockerfile
FROM public.ecr.aws/lambda/python:3.12
COPY *.py ./
CMD ["app.handler"]
```

`app.py`:

```python
def handler(event, context):
    return {}
```

`helpers.py`:

```python
def help():
    return "new since the last build"
```

`observation.json`:

```json
{"version": 1, "images": [{
  "image": "orders:latest", "python": "3.12.7", "roots": ["/var/task"],
  "files": [{"path": "/var/task/app.py"}],
  "functions": [{"function": "Orders", "handler": "app.handler", "verdict": "ok"}]
}]}
```

```report
Dockerfile:2:1: VT003 /var/task/helpers.py: predicted a file from helpers.py, but it is not there [prediction-differs]
```

## Good

`template.yaml`:

```yaml
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
    Metadata:
      Dockerfile: Dockerfile
      DockerContext: .
```

`Dockerfile`:

```dockerfile
FROM public.ecr.aws/lambda/python:3.12
COPY *.py ./
CMD ["app.handler"]
```

`app.py`:

```python
def handler(event, context):
    return {}
```

`observation.json`:

```json
{"version": 1, "images": [{
  "image": "orders:latest", "python": "3.12.7", "roots": ["/var/task"],
  "files": [{"path": "/var/task/app.py"}],
  "functions": [{"function": "Orders", "handler": "app.handler", "verdict": "ok"}]
}]}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import Drift, Finding, rule


@rule("VT003", on=Drift, severity="warning")
def prediction_differs(drift: Drift) -> Iterator[Finding]:
    """Every difference is one finding."""
    yield Finding(
        drift.at,
        f"{drift.subject}: predicted {drift.predicted}, but {drift.observed}",
        help="build again; if it stays, report it with what  vartask verify --save-observation FILE  writes",
        functions=drift.functions,
    )
