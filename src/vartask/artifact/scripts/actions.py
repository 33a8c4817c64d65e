"""Well-known actions of GitHub Actions as the commands that do the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Inputs = Mapping[str, str]


def as_commands(action: str, inputs: Inputs) -> str | None:
    """The commands; ``None`` for an action that brings no file and deploys no function."""
    found = _ACTIONS.get(action)
    return found({name.lower(): value for name, value in inputs.items()}) if found is not None else None


def _word(text: str) -> str:
    """A word for the shell, in which expressions that are not known stay variables."""
    escaped = re.sub(r'([\\"`])', r"\\\1", text)
    return '"' + re.sub(r"\$(?!\{_)", r"\\$", escaped) + '"'


def _option(inputs: Inputs, name: str, option: str) -> str:
    return f" {option} {_word(inputs[name])}" if inputs.get(name) else ""


def _elsewhere(inputs: Inputs) -> str:
    """https://github.com/actions/download-artifact, https://github.com/actions/cache."""
    paths = inputs.get("path", ".").split("\n")
    return "_files_from_elsewhere " + " ".join(_word(path.strip()) for path in paths if path.strip())


def _checkout(inputs: Inputs) -> str | None:
    """https://github.com/actions/checkout: this repository is there already; another one has its own place."""
    if inputs.get("path") and inputs["path"] not in {".", "./"}:
        return f"_files_from_elsewhere {_word(inputs['path'])}"
    return None


def _lambda_deploy(inputs: Inputs) -> str:
    """https://github.com/aws-actions/aws-lambda-deploy: it zips the contents of ``code-artifacts-dir``."""
    name = _option(inputs, "function-name", "--function-name")
    more = _option(inputs, "handler", "--handler") + _option(inputs, "runtime", "--runtime")
    more += _option(inputs, "layers", "--layers") + _option(inputs, "architectures", "--architectures")
    more += _option(inputs, "memory-size", "--memory-size") + _option(inputs, "timeout", "--timeout")
    more += _option(inputs, "ephemeral-storage", "--ephemeral-storage")
    if inputs.get("environment"):
        variables = f'{{"Variables":{inputs["environment"]}}}'
        more += f" --environment {_word(variables)}"
    if inputs.get("package-type") == "Image" or inputs.get("image-uri"):
        uri = _option(inputs, "image-uri", "--image-uri")
        return f"aws lambda update-function-code{name}{uri}"
    directory = inputs.get("code-artifacts-dir") or "."
    package = "/tmp/code-artifacts.zip"  # noqa: S108 -- a path in the virtual copy
    return (
        f"rm -f {package}; ( cd {_word(directory)} && zip -r {package} . )\n"
        f"aws lambda create-function{name} --zip-file fileb://{package}{more}"
    )


def _appleboy(inputs: Inputs) -> str:
    """https://github.com/appleboy/lambda-action: a zip file, or a list of sources that it packs by itself."""
    name = _option(inputs, "function_name", "--function-name")
    more = _option(inputs, "handler", "--handler") + _option(inputs, "runtime", "--runtime")
    lines = []
    if inputs.get("zip_file"):
        lines.append(f"aws lambda update-function-code{name} --zip-file {_word('fileb://' + inputs['zip_file'])}")
    elif inputs.get("image_uri"):
        lines.append(f"aws lambda update-function-code{name} --image-uri {_word(inputs['image_uri'])}")
    elif inputs.get("source"):
        package = "/tmp/output.zip"  # noqa: S108 -- a path in the virtual copy
        sources = re.split(r"[,\n]", inputs["source"])
        lines.append(f"rm -f {package}; zip -r {package} " + " ".join(one.strip() for one in sources if one.strip()))
        lines.append(f"aws lambda update-function-code{name} --zip-file fileb://{package}")
    else:
        lines.append(f"aws lambda update-function-code{name} --s3-bucket b{_option(inputs, 's3_key', '--s3-key')}")
    if more:
        lines.append(f"aws lambda update-function-configuration{name}{more}")
    return "\n".join(lines)


def _zip_release(inputs: Inputs) -> str:
    """https://github.com/TheDoctor0/zip-release: ``zip -r`` in a directory, with patterns to leave out."""
    if inputs.get("type", "zip") != "zip" or inputs.get("command", "zip") != "zip":
        return "_files_from_elsewhere ."
    name = inputs.get("filename") or "release.zip"
    excluded = inputs.get("exclusions", "")
    recursive = inputs.get("recursive_exclusions", "")
    patterns = [*excluded.split(), *(one for word in recursive.split() for one in (word, f"*/{word}", f"*/{word}/*"))]
    left_out = f" -x {' '.join(_word(one) for one in patterns)}" if patterns else ""
    return (
        f"( cd {_word(inputs.get('directory') or '.')} && zip -r {_word(name)} {inputs.get('path') or '.'}{left_out} )"
    )


def _montudor(inputs: Inputs) -> str:
    """https://github.com/montudor/action-zip: its arguments are a command."""
    return inputs.get("args", "")


_ACTIONS: dict[str, Callable[[Inputs], str | None]] = {
    "actions/download-artifact": _elsewhere,
    "actions/cache": _elsewhere,
    "actions/cache/restore": _elsewhere,
    "actions/checkout": _checkout,
    "aws-actions/aws-lambda-deploy": _lambda_deploy,
    "appleboy/lambda-action": _appleboy,
    "thedoctor0/zip-release": _zip_release,
    "montudor/action-zip": _montudor,
}
KNOWN = frozenset(_ACTIONS)
"""The names of these actions, in lower case."""
