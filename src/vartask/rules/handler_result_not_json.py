"""The handler gives something that the runtime cannot send as JSON.

## Why

The runtime turns what the handler returns into JSON.  It does not await: an `async def` handler returns a coroutine and
its body never runs.  It does not iterate: a handler with `yield` returns a generator.  Sets, dates, exceptions, objects
of the project's own classes, and dicts with tuples as keys have no JSON either.  `Decimal`, bytes and named tuples do.
The invocation fails with `Runtime.MarshalError`, after the work has been done.

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
async def handler(event, context):
    return {"orders": len(event)}
```

```report
orders/app.py:1:1: VT106 the handler gives a coroutine, which the runtime cannot send as JSON: the invocation fails [handler-result-not-json]
```

## Good

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
import asyncio


async def count(event):
    return {"orders": len(event)}


def handler(event, context):
    return asyncio.run(count(event))
```
"""

from __future__ import annotations

from collections.abc import Iterator

from vartask.imports.words import named_by
from vartask.model import Deployment, Finding, rule

_HELP = {
    "a coroutine": "make the handler a plain function:  return asyncio.run(main(event, context))",
    "an async_generator": "make the handler a plain function that returns a value",
    "a generator": "return a list, or the response as a whole",
    "a set": "return a list:  sorted(...)",
    "a datetime": "return text:  .isoformat()",
    "a date": "return text:  .isoformat()",
    "an exception": "return text:  str(error)",
}


@rule("VT106", on=Deployment)
def handler_result_not_json(deployment: Deployment) -> Iterator[Finding]:
    """Results without JSON."""
    for outcome in deployment.invocation:
        if outcome.kind == "result":
            yield Finding(
                outcome.span,
                f"the handler gives {outcome.what}, which the runtime cannot send as JSON: the invocation fails",
                because=(*named_by(deployment), *outcome.chain),
                help=_HELP.get(outcome.what),
                runtime_message=outcome.error,
                functions=(deployment.function.name,),
            )
