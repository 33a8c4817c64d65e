"""What a project's functions are when they are deployed: a small packager of its own, for the projects of the bench.

It knows ``sam build`` for zip packages and layers and the Dockerfile instructions that the base projects use; what it does not
know is an error, never a guess.  It shares no code with the prediction that it is held against.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from mutants.dockerfiles import build


class NotBuilt(Exception):
    """The project does not build, or nothing says which handler to start."""


@dataclass(frozen=True)
class Artifact:
    """One function as deployed.  ``files`` are absolute paths with contents; ``event`` is what it is called with."""

    name: str
    handler: str
    version: str
    files: Mapping[str, bytes]
    environment: Mapping[str, str] = field(default_factory=dict)
    event: Any = None


class _Loader(yaml.SafeLoader):
    """CloudFormation's short forms are read as what they are given."""


def _plain(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    del suffix
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return loader.construct_mapping(node) if isinstance(node, yaml.MappingNode) else None


_Loader.add_multi_constructor("!", _plain)

Index = Mapping[str, Mapping[str, str]]


def artifacts(files: Mapping[str, str], index: Index) -> list[Artifact]:
    """Every function of a project.  Raises :class:`NotBuilt`."""
    try:
        if "template.yaml" in files:
            found = _from_template(files, index)
        elif "Dockerfile" in files:
            found = [_image("Dockerfile", files, index, "Dockerfile", ".", {})]
        else:
            found = []
    except (KeyError, ValueError) as error:
        raise NotBuilt(f"beyond this packager: {error!r}") from error
    if not found:
        raise NotBuilt("no functions")
    return found


def _from_template(files: Mapping[str, str], index: Index) -> list[Artifact]:
    try:
        document = yaml.load(files["template.yaml"], _Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise NotBuilt(str(error)) from error
    shared = document.get("Globals", {}).get("Function", {})
    resources = document["Resources"]
    found = []
    for name, resource in resources.items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = {**shared, **resource.get("Properties", {})}
        if properties.get("PackageType") == "Image":
            found.append(_sam_image(name, resource, properties, files, index))
        else:
            found.append(_zip(name, properties, resources, files, index))
    return found


def _variables(properties: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in properties.get("Environment", {}).get("Variables", {}).items()}


def _zip(
    name: str, properties: Mapping[str, Any], resources: Mapping[str, Any], files: Mapping[str, str], index: Index
) -> Artifact:
    version = properties["Runtime"].removeprefix("python")
    laid: dict[str, bytes] = {}
    for layer in properties.get("Layers", []):
        resource = resources[layer]
        built = "BuildMethod" in resource.get("Metadata", {})
        _lay(
            laid,
            files,
            resource["Properties"]["ContentUri"],
            "/opt/python" if built else "/opt",
            index if built else {},
        )
    _lay(laid, files, properties.get("CodeUri", "."), "/var/task", index)
    return Artifact(name, properties["Handler"], version, laid, _variables(properties))


def _lay(laid: dict[str, bytes], files: Mapping[str, str], source: str, target: str, index: Index) -> None:
    """One directory and what its requirements ask for."""
    prefix = posixpath.normpath(source)
    prefix = "" if prefix == "." else prefix + "/"
    inside = {path[len(prefix) :]: text for path, text in files.items() if path.startswith(prefix)}
    if not inside:
        raise NotBuilt(f"{source} is not there")
    # ``sam build`` installs first and copies the code over it.
    for path, text in installed(inside.get("requirements.txt", ""), index).items():
        laid[f"{target}/{path}"] = text.encode()
    for path, text in inside.items():
        if "__pycache__" not in path:
            laid[f"{target}/{path}"] = text.encode()


def installed(requirements: str, index: Index) -> dict[str, str]:
    """The files of the distributions that a requirements file names.  Raises :class:`NotBuilt` for one that nobody has."""
    found: dict[str, str] = {}
    for line in requirements.splitlines():
        name = line.partition("#")[0].partition("==")[0].partition(">=")[0].strip().lower()
        if name and name not in index:
            raise NotBuilt(f"no distribution {name}")
        found.update(index.get(name, {}))
    return found


def _sam_image(
    name: str, resource: Mapping[str, Any], properties: Mapping[str, Any], files: Mapping[str, str], index: Index
) -> Artifact:
    metadata = resource["Metadata"]
    context = posixpath.normpath(metadata["DockerContext"])
    dockerfile = posixpath.normpath(posixpath.join(context, metadata["Dockerfile"]))
    if dockerfile not in files:
        raise NotBuilt("no Dockerfile")
    config = properties.get("ImageConfig", {})
    return _image(name, files, index, dockerfile, context, _variables(properties), config)


def _image(
    name: str,
    files: Mapping[str, str],
    index: Index,
    dockerfile: str,
    context: str,
    variables: Mapping[str, str],
    config: Mapping[str, Any] | None = None,
) -> Artifact:
    prefix = "" if context == "." else context + "/"
    sent = {path[len(prefix) :]: text for path, text in files.items() if path.startswith(prefix)}
    image = build(files[dockerfile], sent, lambda text: installed(text, index))
    if image is None:
        raise NotBuilt("the image cannot be built")
    command = (config or {}).get("Command", image.command)
    if len(command) != 1:
        raise NotBuilt("not one handler")
    return Artifact(name, command[0], image.version, image.files, {**image.environment, **variables})
