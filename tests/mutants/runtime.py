"""A warm server that asks the real ``awslambdaric`` what it makes of laid-out artifacts; every question in a process of its own.

Usage: ``python -I runtime.py SITE_PACKAGES BUNDLED TABLES``.  SITE_PACKAGES is where ``awslambdaric`` is, BUNDLED a directory that
stands for the distributions of the managed runtime, TABLES the JSON list of top-level modules that Lambda has loaded before it
looks at the function.  One JSON question a line on standard input, one JSON answer a line on standard output.

The search path is built as ``/var/runtime/bootstrap.py`` of AWS's base images builds it (``set_default_sys_path`` and
``add_default_site_directories``; github.com/aws/aws-lambda-base-images).
"""

from __future__ import annotations

import json
import os
import signal
import site
import sys
import types
from typing import Any

VERSION = "{}.{}".format(*sys.version_info)
SECONDS = 20


def prepare(site_packages: str, keep: set[str]) -> None:
    """Import the runtime client, then forget what Lambda would not have loaded."""
    # Its compiled half talks to the service; nothing here does, and it is built for one version only.
    client = types.ModuleType("runtime_client")
    client.initialize_client = lambda *_: None  # type: ignore[attr-defined]
    sys.modules["runtime_client"] = client
    sys.path.append(site_packages)
    import awslambdaric.bootstrap  # type: ignore[import-untyped]
    import awslambdaric.lambda_literals  # type: ignore[import-untyped]  # noqa: F401

    sys.path.remove(site_packages)
    for name in list(sys.modules):
        top = name.partition(".")[0]
        # Modules with an underscore are the insides of those that stay.
        if top not in keep and not top.startswith("_"):
            del sys.modules[name]


def search(question: dict[str, Any], bundled: str) -> None:
    """``sys.path`` and the environment of one function."""
    root = question["root"]
    task, opt, python = f"{root}/var/task", f"{root}/opt/python", f"python{VERSION}"
    installed = f"{root}/var/lang/lib/{python}/site-packages"
    library = [entry for entry in sys.path if entry and "site-packages" not in entry]
    given = question["environment"].get("PYTHONPATH", "")
    layers = [f"{opt}/lib/{python}/site-packages", opt]
    own = [installed, bundled]
    if given:
        sys.path[:] = [task, *own, *(os.path.abspath(os.path.join(task, part)) for part in given.split(":")), *library]
    else:
        sys.path[:] = [task, *layers, *own, *library]
    sys.path += own
    os.environ.update(question["environment"], LAMBDA_TASK_ROOT=task, LAMBDA_RUNTIME_DIR=f"{root}/var/runtime")
    os.environ.update(AWS_LAMBDA_FUNCTION_NAME="F", AWS_REGION="eu-central-1", _HANDLER=question["handler"])
    os.chdir(task)
    for directory in [task] if given else [task, *layers]:
        site.addsitedir(directory)


def answer(question: dict[str, Any], bundled: str) -> dict[str, Any]:
    """The outcome of init, and of one invocation when init went well."""
    from awslambdaric import bootstrap
    from awslambdaric.lambda_context import LambdaContext  # type: ignore[import-untyped]
    from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller  # type: ignore[import-untyped]

    search(question, bundled)
    resolve = getattr(bootstrap, "_get_handler", None) or bootstrap.get_handler
    try:
        handler = resolve(question["handler"])
    except bootstrap.FaultException as fault:
        return {"when": "init", "type": fault.exception_type, "message": fault.msg}
    except Exception:  # noqa: BLE001 - whatever user code raises, the runtime reports
        result = bootstrap.build_fault_result(sys.exc_info(), None)
        return {"when": "init", "type": result["errorType"], "message": result["errorMessage"]}
    except SystemExit as leaving:
        return {"when": "init", **ended(leaving)}
    context = LambdaContext("id", None, None, 10**13, "arn:aws:lambda:eu-central-1:1:function:F", None)
    try:
        LambdaMarshaller().marshal_response(handler(question["event"], context))
    except bootstrap.FaultException as fault:
        return {"when": "call", "type": fault.exception_type, "message": fault.msg}
    except SystemExit as leaving:
        return {"when": "call", **ended(leaving)}
    except Exception as error:  # noqa: BLE001
        return {"when": "call", "type": type(error).__name__, "message": str(error)}
    return {"when": None, "type": None, "message": None}


def ended(leaving: SystemExit) -> dict[str, str]:
    """What the platform reports when the process ends (docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html)."""
    status = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
    return {"type": "Runtime.ExitError", "message": f"Runtime exited with error: exit status {status}"}


def ask(question: dict[str, Any], bundled: str) -> dict[str, Any]:
    """Answer in a child, so that nothing that it loads is there for the next question."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        signal.alarm(SECONDS)
        with os.fdopen(writing, "w") as out:
            out.write(json.dumps(answer(question, bundled)))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        text = told.read()
    os.waitpid(child, 0)
    told_as: dict[str, Any] = json.loads(text) if text else {"when": "init", "type": "died", "message": ""}
    return told_as


def main() -> None:
    """Answer until standard input ends."""
    site_packages, bundled, tables = sys.argv[1:]
    prepare(site_packages, {*json.loads(tables), "__main__"})
    for line in iter(sys.stdin.readline, ""):
        print(json.dumps(ask(json.loads(line), bundled)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
