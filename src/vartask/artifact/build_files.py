"""Image builds as data: Bake targets, and Terraform's ways to build an image."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from vartask.artifact.build_commands import DockerBuild, Place, builds_in
from vartask.artifact.build_words import UNKNOWN
from vartask.model import Span
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import replace
from vartask.syntax import hcl
from vartask.syntax.hcl_evaluate import Evaluate, Evaluator
from vartask.syntax.hcl_values import (
    Items,
    Known,
    Table,
    Value,
    mentions_of,
    show,
    string,
)
from vartask.syntax.terraform import load
from vartask.syntax.terraform_blocks import Instance, value_of
from vartask.syntax.terraform_module import Module

# -- Bake ------------------------------------------------------------------------------------------


class _Variables:
    """The scope of a Bake file: variables with their defaults, addressed by their bare names."""

    def __init__(self, body: hcl.Body) -> None:
        self.defaults = {
            block.labels[0]: block.body.get("default") for block in body.of_type("variable") if block.labels
        }

    def resolve(self, reference: hcl.Reference, evaluate: Evaluate) -> tuple[Value, tuple[hcl.Step, ...]] | None:
        default = self.defaults.get(str(reference.base))
        return None if default is None else (evaluate(default), reference.steps)


def bake_builds(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """The targets of ``docker-bake.hcl`` (https://docs.docker.com/build/bake/reference/)."""
    here = posixpath.dirname(path) or "."
    body = hcl.parse(text, path).body
    evaluate = Evaluator(_Variables(body))
    blocks = {block.labels[0]: block for block in body.of_type("target") if block.labels}
    for block in blocks.values():
        values = _inherited(block, blocks, evaluate)
        if "matrix" not in values:
            build = _build_of(project, here, values, block.span, ("context", "dockerfile", "target", "args"))
            if build is not None:
                tags = values.get("tags")
                listed = tags.values if isinstance(tags, Items) else ()
                yield replace(build, tags=tuple(show(tag) for tag in listed))


def _inherited(block: hcl.Block, blocks: Mapping[str, hcl.Block], evaluate: Evaluator) -> dict[str, Value]:
    values: dict[str, Value] = {}
    seen: set[str] = set()
    pending = [block]
    while pending:
        here = pending.pop(0)
        if here.labels[0] in seen:
            continue
        seen.add(here.labels[0])
        for attribute in here.body.attributes:
            values.setdefault(attribute.name, evaluate.soft(attribute.value))
        parents = evaluate.soft(here.body.get("inherits") or hcl.Tuple(here.span, "", ()))
        names = [string(item) for item in parents.values] if isinstance(parents, Items) else []
        # The last of the inherited targets wins.
        pending += [blocks[name] for name in reversed(names) if name is not None and name in blocks]
    return values


def _build_of(
    project: Project, base: str, values: Mapping[str, Value], span: Span, names: tuple[str, str, str, str]
) -> DockerBuild | None:
    """A build from a context relative to ``base``, a Dockerfile relative to it, a target and arguments."""
    context_name, file_name, target_name, args_name = names
    context = string(values[context_name]) if context_name in values else "."
    file = string(values[file_name]) if file_name in values else "Dockerfile"
    if context is None or file is None or "://" in context:
        return None
    root = project.join(base, context)
    dockerfile = None if root is None else project.join(root, file)
    if dockerfile is None or not project.is_file(dockerfile):
        # An absolute path, which is relative to where the build is started once its beginning is known.
        dockerfile = project.join(base, file) or dockerfile
    if dockerfile is None:
        return None
    table = values.get(args_name)
    args = table.values if isinstance(table, Table) else {}
    known = {name: show(value) for name, value in args.items() if isinstance(value, Known)}
    return DockerBuild(
        dockerfile,
        root,
        span,
        string(values.get(target_name)),
        known,
        tuple(name for name in args if name not in known),
        string(values.get("platform")),
    )


# -- Terraform -------------------------------------------------------------------------------------

_DOCKER_BUILD = regex(r"terraform-aws-modules/.*lambda.*//modules/docker-build")


def terraform_builds(project: Project) -> list[DockerBuild]:
    """Every build that the Terraform configurations declare."""
    return list(dict.fromkeys(build for found in terraform_images(project).values() for build in found))


def terraform_images(project: Project) -> dict[str, list[DockerBuild]]:
    """What builds an image under a name that other parts of the configuration can mention, by that mention.

    ``docker_image`` and ``docker_registry_image``
    (https://registry.terraform.io/providers/kreuzwerker/docker/latest/docs/resources/image), the submodule
    ``docker-build`` of terraform-aws-modules/lambda, and commands of ``local-exec`` that mention a repository.
    """
    found: dict[str, list[DockerBuild]] = {}
    for module in _modules(project):
        for mention, build in (*_docker_images(module), *_docker_modules(module), *_commands(module)):
            found.setdefault(mention, []).append(build)
    return found


def _docker_images(module: Module) -> Iterator[tuple[str, DockerBuild]]:
    for address, instance in module.resources("docker_image", "docker_registry_image"):
        for body, evaluate in instance.blocks("build"):
            values = _values(body, evaluate)
            names = ("context", "dockerfile", "target", "build_args" if "build_args" in values else "build_arg")
            build = _build_of(module.configuration.project, module.root, values, instance.block.span, names)
            name = instance.get("name")
            if build is not None and "context" in values:
                yield module.mention(address), replace(build, tags=() if name is None else (show(name),))


def _docker_modules(module: Module) -> Iterator[tuple[str, DockerBuild]]:
    for name, call in module.calls:
        if not _DOCKER_BUILD.search(string(call.get("source")) or ""):
            continue
        values = _values(call.block.body, call.evaluate)
        names = ("source_path", "docker_file_path", "build_target", "build_args")
        build = _build_of(module.configuration.project, module.root, values, call.block.span, names)
        repository = values.get("ecr_repo")
        if build is not None and "source_path" in values:
            tagged = replace(build, tags=() if repository is None else (show(repository),))
            yield module.mention(module.address_of(name, call)), tagged


def _commands(module: Module) -> Iterator[tuple[str, DockerBuild]]:
    for block in (*module.blocks("resource"), *module.blocks("data")):
        if any(block.body.of_type("provisioner")):
            for instance in module.instances(block):
                yield from _provisioned(module, instance)


def _modules(project: Project) -> Iterator[Module]:
    for root in load(project).roots:
        yield from root.tree()


def _values(body: hcl.Body, evaluate: Evaluator) -> dict[str, Value]:
    found = {item.name: value_of(body, item.name, evaluate) for item in body.attributes}
    return {name: value for name, value in found.items() if value is not None}


def _provisioned(module: Module, instance: Instance) -> Iterator[tuple[str, DockerBuild]]:
    """``provisioner "local-exec"``: its command runs in the directory that Terraform runs in, or ``working_dir``."""
    for block in instance.block.body.of_type("provisioner"):
        if block.labels != ("local-exec",):
            continue
        command = value_of(block.body, "command", instance.evaluate)
        given = value_of(block.body, "working_dir", instance.evaluate)
        directory = "." if given is None else string(given)
        start = None if directory is None else module.path(directory)
        if command is None or start is None:
            continue
        environment = value_of(block.body, "environment", instance.evaluate)
        # Terraform's `${...}` that is not known must not be taken for the shell's.
        text = re.sub(r"\$\{[^{}]*\.[^{}]*\}", UNKNOWN, show(command))
        place = Place(module.configuration.project, block.span.path, start, start, 1, _environment(environment))
        mentions = mentions_of(value for value in (command, environment) if value is not None)
        repositories = sorted(name for name in mentions if "aws_ecr_repository." in name)
        for build in builds_in(text, place):
            for mention in repositories or [module.mention("")]:
                yield mention, replace(build, span=block.span)


def _environment(value: Value | None) -> dict[str, str]:
    table = value.values if isinstance(value, Table) else {}
    return {name: show(item) if isinstance(item, Known) else UNKNOWN for name, item in table.items()}
