r"""A function does not start in its container, and the project's files alone did not tell it.

## Why

`vartask verify` starts every function in its own image, through its own runtime.  What fails there fails in Lambda: the
message is the runtime's, the place is the last line of the project that the traceback goes through.  A failure that the
container itself may cause is a gap instead: a function that reaches for the network while it starts, or for a variable
whose value only the deployment knows.

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
COPY app.py ./
CMD ["app.handler"]
```

`app.py`:

```python
import ctypes

library = ctypes.CDLL("libpq.so.5")


def handler(event, context):
    return {}
```

`observation.json`:

```json
{"version": 1, "images": [{
  "image": "Dockerfile", "python": "3.12.7", "roots": ["/var/task"],
  "files": [{"path": "/var/task/app.py"}],
  "functions": [{
    "function": "Orders", "handler": "app.handler", "verdict": "init error",
    "message": "OSError: libpq.so.5: cannot open shared object file: No such file or directory",
    "trace": "  File \"/var/task/app.py\", line 3, in <module>\n    library = ctypes.CDLL(\"libpq.so.5\")\n"
  }]
}]}
```

```report
app.py:3:1: VT107 `app.handler` does not start in its container [function-does-not-start]
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
RUN dnf install -y libpq
COPY app.py ./
CMD ["app.handler"]
```

`app.py`:

```python
import ctypes

library = ctypes.CDLL("libpq.so.5")


def handler(event, context):
    return {}
```

`observation.json`:

```json
{"version": 1, "images": [{
  "image": "Dockerfile", "python": "3.12.7", "roots": ["/var/task"],
  "files": [{"path": "/var/task/app.py"}],
  "functions": [{"function": "Orders", "handler": "app.handler", "verdict": "ok"}]
}]}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import Cause, Finding, ObservedFailure, rule

_WORDS = {
    "timeout": "is not done with its start in time",
    "killed": "is killed while it starts",
    "exited": "ends while it starts",
    "not started": "has no runtime that could be started",
    "startup check failed": "is refused by its own startup check",
}

_HELP = {
    "killed": "give it more memory, or need less while it starts",
    "timeout": "do less while it starts: Lambda ends an init that takes longer, and starts it again",
}
_REPORT = "if the project's files tell it, report that with what  vartask verify --save-observation FILE  writes"


@rule("VT107", on=ObservedFailure)
def function_does_not_start(failure: ObservedFailure) -> Iterator[Finding]:
    """Failures that the container has told."""
    started = failure.started
    what = _WORDS.get(started.verdict, "does not start in its container")
    yield Finding(
        failure.at,
        f"`{started.handler}` {what}",
        because=(*failure.because, *((Cause(started.why),) if started.why else ())),
        help=_HELP.get(started.verdict, _REPORT),
        runtime_message=started.message,
        at_init=True,
        functions=(started.function,),
    )
