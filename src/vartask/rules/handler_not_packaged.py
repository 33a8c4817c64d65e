"""The module that the handler names is not in the artifact.

## Why

Lambda imports the handler's module from `/var/task`.  When no COPY line brought it into the image, when the packaged
directory does not hold it, or when it is packaged under another name, the function fails at every cold start with
`Runtime.ImportModuleError`.  Local tests do not show it: they run on the repository, not on the artifact.

## Bad

`Dockerfile`:

```dockerfile
FROM public.ecr.aws/lambda/python:3.12
COPY src/lambda_handler.py ${LAMBDA_TASK_ROOT}/src/
CMD ["src.query_tool.handler"]
```

`src/lambda_handler.py`:

```python
def handler(event, context):
    return {"statusCode": 200}
```

`src/query_tool.py`:

```python
def handler(event, context):
    return {"statusCode": 200}
```

```report
Dockerfile:2:1: VT101 handler module `src.query_tool` is not in the image [handler-not-packaged]
```

## Good

`Dockerfile`:

```dockerfile
FROM public.ecr.aws/lambda/python:3.12
COPY src/lambda_handler.py src/query_tool.py ${LAMBDA_TASK_ROOT}/src/
CMD ["src.query_tool.handler"]
```

`src/lambda_handler.py`:

```python
def handler(event, context):
    return {"statusCode": 200}
```

`src/query_tool.py`:

```python
def handler(event, context):
    return {"statusCode": 200}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.artifact.explain import bring, copy_causes, package_word, place_to_add, task_root
from vartask.model import Cause, Deployment, Finding, HandlerOutcome, HandlerProblem, Span, rule


@rule("VT101", on=Deployment)
def handler_not_packaged(deployment: Deployment) -> Iterator[Finding]:
    """The handler's module is absent."""
    outcome = deployment.handler
    if outcome is None or outcome.problem is None or outcome.problem.kind != "module":
        return
    problem, function = outcome.problem, deployment.function
    word = package_word(function.artifact)
    module = outcome.handler.value.rpartition(".")[0]
    root = task_root(deployment.tree)
    span = outcome.handler.span
    if problem.candidates and problem.relocation is None:
        span = problem.removed_by or place_to_add(deployment.tree, root, function.artifact, span)
    yield Finding(
        span,
        f"handler module `{module}` is not in the {word}",
        because=_because(deployment, problem, root),
        help=_help(deployment, outcome, problem),
        runtime_message=f"{problem.error_type}: {problem.text}",
        at_init=True,
        functions=(function.name,),
        at_handler=Span(problem.candidates[0]) if problem.candidates else None,
    )


def _because(deployment: Deployment, problem: HandlerProblem, root: str) -> tuple[Cause, ...]:
    if problem.shadowed_by_runtime:
        return (Cause(f"`{problem.missing}` is a module of the runtime itself, which is found instead"),)
    if problem.relocation is not None:
        return (Cause(f"is packaged as `{problem.relocation.importable}`", Span(problem.relocation.source)),)
    return copy_causes(deployment.tree, root, problem.removed_by)


def _help(deployment: Deployment, outcome: HandlerOutcome, problem: HandlerProblem) -> str | None:
    module, _, attribute = outcome.handler.value.rpartition(".")
    if problem.relocation is not None:
        return f"write the handler as  {problem.relocation.importable}.{attribute}"
    if problem.shadowed_by_runtime:
        return "give the file and the handler a name that no runtime module has"
    return bring(
        deployment, module.replace("/", "."), problem.missing or module, problem.candidates, problem.removed_by
    )
