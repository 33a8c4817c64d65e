from __future__ import annotations

from pathlib import Path

import pytest

from definitions.sam_projects import SAM, declared
from vartask.model import Function, Image, Span

FILES = ("app/Dockerfile", "app/app.py")
METADATA = "{DockerContext: ./app, Dockerfile: Dockerfile}"


def image_function(
    root: Path, properties: str, metadata: str = METADATA, *, kind: str = "Serverless", files: tuple[str, ...] = FILES
) -> Function:
    (one,) = declared(
        root,
        f"{SAM}Parameters: {{Tag: {{Type: String, Default: v1}}}}\nResources:\n  F:\n    Type: AWS::{kind}::Function\n"
        f"    Properties: {properties}\n    Metadata: {metadata}\n",
        *files,
    ).functions
    return one


def image(root: Path, properties: str, metadata: str = METADATA, *, kind: str = "Serverless") -> Image:
    artifact = image_function(root, properties, metadata, kind=kind).artifact
    assert isinstance(artifact, Image)
    return artifact


def test_the_dockerfile_is_relative_to_the_context_and_that_to_the_template(tmp_path: Path) -> None:
    built = image(tmp_path, "{PackageType: Image}")
    assert (built.context, built.dockerfile, built.reason) == ("app", "app/Dockerfile", None)
    assert built.span == Span("template.yaml", 7, 50, 7, 60)
    assert built.platform == "linux/amd64"


def test_a_dockerfile_may_stand_in_another_directory_of_the_context(tmp_path: Path) -> None:
    built = image(tmp_path, "{PackageType: Image}", "{DockerContext: ., Dockerfile: app/Dockerfile}")
    assert (built.context, built.dockerfile) == (".", "app/Dockerfile")


def test_target_and_arguments_of_the_build_are_kept(tmp_path: Path) -> None:
    text = (
        "{DockerContext: app, Dockerfile: Dockerfile, DockerBuildTarget: prod, DockerTag: x, "
        "DockerBuildArgs: {A: 1, B: !Ref Tag}, DockerBuildExtraParams: ['--secret', 'id=x']}"
    )
    built = image(tmp_path, "{PackageType: Image, Architectures: [arm64]}", text)
    assert (built.target, built.build_args, built.platform) == ("prod", {"A": "1", "B": "v1"}, "linux/arm64")
    assert built.dockerfile == "app/Dockerfile"


def test_image_config_overrides_how_the_image_starts(tmp_path: Path) -> None:
    one = image_function(
        tmp_path,
        "{PackageType: Image, ImageConfig: {Command: [app.handler], EntryPoint: [/x, y], WorkingDirectory: /srv}}",
    )
    built = one.artifact
    assert isinstance(built, Image)
    assert [word.value for word in built.command or ()] == ["app.handler"]
    assert [word.value for word in built.entrypoint or ()] == ["/x", "y"]
    assert built.workdir is not None
    assert built.workdir.value == "/srv"
    assert one.handler is not None
    assert (one.handler.value, one.handler.span.line, one.handler.span.column) == ("app.handler", 6, 62)


def test_without_image_config_the_image_decides(tmp_path: Path) -> None:
    one = image_function(tmp_path, "{PackageType: Image}")
    assert isinstance(one.artifact, Image)
    assert (one.artifact.command, one.handler, one.handler_reason) == (None, None, None)


def test_several_words_of_a_command_are_all_kept(tmp_path: Path) -> None:
    one = image_function(tmp_path, "{PackageType: Image, ImageConfig: {Command: [app, handler]}}")
    assert isinstance(one.artifact, Image)
    assert [word.value for word in one.artifact.command or ()] == ["app", "handler"]
    assert one.handler is None


@pytest.mark.parametrize(
    ("properties", "metadata", "words"),
    [
        ("{PackageType: Image, ImageConfig: {Command: [!GetAtt A.B]}}", METADATA, "`ImageConfig.Command`"),
        ("{PackageType: Image, ImageConfig: {Command: !GetAtt A.B}}", METADATA, "`ImageConfig.Command`"),
        ("{PackageType: Image, ImageConfig: {EntryPoint: [!If [C, a, b]]}}", METADATA, "`ImageConfig.EntryPoint`"),
        ("{PackageType: Image, ImageConfig: !If [C, {}, {}]}", METADATA, "`ImageConfig`"),
        ("{PackageType: Image}", "{DockerContext: ./app}", "no `Dockerfile`"),
        ("{PackageType: Image}", "{Dockerfile: Dockerfile}", "no `DockerContext`"),
        ("{PackageType: Image}", "{DockerContext: ../x, Dockerfile: Dockerfile}", "leads out of the repository"),
        ("{PackageType: Image}", "{DockerContext: ./app, Dockerfile: Other}", "Dockerfile `Other` does not exist"),
        ("{PackageType: Image}", "{DockerContext: nope, Dockerfile: Dockerfile}", "DockerContext `nope` does not"),
        (
            "{PackageType: Image}",
            "{DockerContext: app, Dockerfile: Dockerfile, DockerBuildArgs: {A: !GetAtt B.C}}",
            "build argument `A`",
        ),
        (
            "{PackageType: Image}",
            "{DockerContext: app, Dockerfile: Dockerfile, DockerBuildExtraParams: ['--build-context', 'a=b']}",
            "--build-context",
        ),
    ],
)
def test_an_image_that_cannot_be_predicted_says_why(tmp_path: Path, properties: str, metadata: str, words: str) -> None:
    built = image(tmp_path, properties, metadata)
    assert built.dockerfile is None
    assert words in (built.reason or "")


@pytest.mark.parametrize(
    ("kind", "properties", "reference"),
    [
        ("Serverless", "{PackageType: Image, ImageUri: 'repo/app:1'}", "repo/app:1"),
        ("Serverless", "{ImageUri: !Sub 'repo/app:${Tag}'}", "repo/app:v1"),
        ("Lambda", "{PackageType: Image, Code: {ImageUri: 'repo/app:1'}}", "repo/app:1"),
        ("Lambda", "{Code: {ImageUri: !Sub '${AWS::AccountId}.ecr/app'}}", "!Sub ${AWS::AccountId}.ecr/app"),
    ],
)
def test_an_image_without_dockerfile_keeps_its_name(tmp_path: Path, kind: str, properties: str, reference: str) -> None:
    built = image(tmp_path, properties, "{}", kind=kind)
    assert (built.dockerfile, built.reference) == (None, reference)
    assert "no Dockerfile" in (built.reason or "")


def test_layers_and_runtime_mean_nothing_for_an_image(tmp_path: Path) -> None:
    one = image_function(tmp_path, "{PackageType: Image, Runtime: python3.12, Layers: [arn:x:layer:y:1]}")
    assert (one.runtime, one.layers) == (None, ())
