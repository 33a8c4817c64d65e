"""The image's entrypoint is not given exactly one argument, the handler.

## Why

The entrypoint of AWS's base images takes one word, the handler.  `CMD app.handler` without brackets is three words
(`/bin/sh`, `-c`, `app.handler`), a list of two names is two, and a function without any command gives none: the script
ends with exit status 142 before Python starts.

## Bad

`Dockerfile`:

```dockerfile
FROM public.ecr.aws/lambda/python:3.12
COPY app.py ${LAMBDA_TASK_ROOT}/
CMD app.handler
```

`app.py`:

```python
def handler(event, context):
    return {}
```

```report
Dockerfile:3:1: VT501 the entrypoint is given 3 words instead of one handler [command-not-one-handler]
```

## Good

`Dockerfile`:

```dockerfile
FROM public.ecr.aws/lambda/python:3.12
COPY app.py ${LAMBDA_TASK_ROOT}/
CMD ["app.handler"]
```

`app.py`:

```python
def handler(event, context):
    return {}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import Cause, Deployment, Finding, rule


@rule("VT501", on=Deployment)
def command_not_one_handler(deployment: Deployment) -> Iterator[Finding]:
    """The entrypoint refuses its arguments."""
    outcome = deployment.handler
    if outcome is None or outcome.problem is None or outcome.problem.kind != "arguments":
        return
    words = outcome.handler.value.split()
    count = "no handler" if not words else f"{len(words)} words instead of one handler"
    config = deployment.tree.config
    given = f"it is started as  {' '.join([*(config.entrypoint or ()), *words])}" if config is not None else ""
    shell = words[:2] == ["/bin/sh", "-c"]
    yield Finding(
        outcome.handler.span,
        f"the entrypoint is given {count}",
        because=(Cause(given),) if given else (),
        help=f'write it as a list of one:  CMD ["{words[-1]}"]' if shell else "name one handler as  module.function",
        runtime_message=outcome.problem.text,
        at_init=True,
        functions=(deployment.function.name,),
    )
