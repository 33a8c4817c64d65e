from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from vartask.config import FunctionSettings, Settings
from vartask.definitions import declare, finders, terraform
from vartask.model import Declaration, Function, Image
from vartask.project import Project
from written import LAMBDA_IMAGE, project


def found(root: Path, files: dict[str, str]) -> Declaration:
    return declare(project(root, files), Settings())


def images(declaration: Declaration) -> dict[str, tuple[str | None, str | None]]:
    return {one.name: (image(one).dockerfile, image(one).context) for one in declaration.functions}


def image(function: Function) -> Image:
    assert isinstance(function.artifact, Image)
    return function.artifact


def function_block(name: str, uri: str, command: str | None = None) -> str:
    config = f'  image_config {{\n    command = ["{command}"]\n  }}\n' if command else ""
    return (
        f'resource "aws_lambda_function" "{name}" {{\n  function_name = "{name}"\n  package_type = "Image"\n'
        f'  image_uri = "{uri}"\n{config}}}\n'
    )


SVC = {"svc/Dockerfile": LAMBDA_IMAGE, "svc/app.py": ""}
OTHER = {"other/Dockerfile": LAMBDA_IMAGE, "other/app.py": ""}


def test_every_module_here_is_a_reader_found_by_being_here() -> None:
    names = [name for name, _ in finders()]
    assert {"compose", "configured", "dockerfile", "terraform"} <= set(names)
    for _, find in finders():
        assert list(inspect.signature(find).parameters) == ["project", "settings"]


def test_a_bare_dockerfile_gets_its_context(tmp_path: Path) -> None:
    assert images(found(tmp_path, SVC)) == {"svc": ("svc/Dockerfile", "svc")}


def test_deployers_that_override_the_cmd_leave_no_bare_function(tmp_path: Path) -> None:
    main = "".join(function_block(f"f{n}", "${aws_ecr_repository.r.repository_url}:1", f"app{n}.f") for n in range(6))
    main += 'resource "aws_ecr_repository" "r" {\n  name = "svc"\n}\n'
    declared = found(tmp_path, {**SVC, "infra/main.tf": main})
    assert images(declared) == {f"f{n}": ("svc/Dockerfile", "svc") for n in range(6)}
    assert [word.value for one in declared.functions for word in image(one).command or ()] == [
        f"app{n}.f" for n in range(6)
    ]


def test_a_deployer_without_a_command_takes_the_cmd_over(tmp_path: Path) -> None:
    declared = found(tmp_path, {**SVC, "infra/main.tf": function_block("deployed", "x/svc:1")})
    assert [(one.name, one.declared_by, image(one).command) for one in declared.functions] == [
        ("deployed", "terraform", None)
    ]


def test_compose_counts_where_no_deployer_speaks(tmp_path: Path) -> None:
    compose = "services:\n  local:\n    build: ./svc\n    command: other.handler\n"
    assert [one.name for one in found(tmp_path, {**SVC, "compose.yml": compose}).functions] == ["local"]
    declared = found(
        tmp_path, {**SVC, "compose.yml": compose, "main.tf": function_block("deployed", "x/svc:1", "app.f")}
    )
    assert [one.name for one in declared.functions] == ["deployed"]


@pytest.mark.parametrize(
    "files",
    [
        {"infra/main.tf": function_block("f", "1.dkr.ecr.eu-west-1.amazonaws.com/svc:1", "app.f")},
        {"infra/main.tf": function_block("f", "1.dkr.ecr.eu-west-1.amazonaws.com/team/svc:1", "app.f")},
        {
            "infra/main.tf": function_block("f", "1.dkr.ecr.eu-west-1.amazonaws.com/named:1", "app.f"),
            "build.sh": "docker build -t named:latest svc\n",
        },
        {
            "infra/main.tf": function_block("f", "${var.registry}/team/named:1", "app.f"),
            "build.sh": "docker build -t $REGISTRY/team/named:latest svc\n",
        },
        {
            "infra/main.tf": function_block("f", "${docker_image.i.name}", "app.f")
            + 'resource "docker_image" "i" {\n  name = "${var.x}"\n  build {\n    context = "../svc"\n  }\n}\n'
        },
        {
            "infra/main.tf": function_block("f", "${aws_ecr_repository.r.repository_url}:1", "app.f")
            + 'resource "aws_ecr_repository" "r" {\n  name = "${var.prefix}-x"\n}\n'
            + 'resource "null_resource" "b" {\n  provisioner "local-exec" {\n'
            + '    command = "cd ../svc && docker build -t ${aws_ecr_repository.r.repository_url}:1 ."\n  }\n}\n'
        },
        {"svc/main.tf": function_block("f", "${var.image}", "app.f")},
    ],
)
def test_an_image_is_matched_with_its_dockerfile_by_evidence(tmp_path: Path, files: dict[str, str]) -> None:
    declared = found(tmp_path, {**SVC, **OTHER, **files})
    assert images(declared)["f"] == ("svc/Dockerfile", "svc")


def test_an_image_that_could_be_any_of_several_is_left_open(tmp_path: Path) -> None:
    declared = found(tmp_path, {**SVC, **OTHER, "infra/main.tf": function_block("f", "${var.image}")})
    assert images(declared) == {
        "f": (None, None),
        "other": ("other/Dockerfile", "other"),
        "svc": ("svc/Dockerfile", "svc"),
    }
    reason = image(next(one for one in declared.functions if one.name == "f")).reason
    assert reason == (
        "nothing says which Dockerfile the image ${var.image} is built from: other/Dockerfile, svc/Dockerfile"
    )


def test_the_dockerfiles_that_are_not_named_are_counted(tmp_path: Path) -> None:
    many = {f"s{number}/Dockerfile": LAMBDA_IMAGE for number in range(7)}
    declared = found(tmp_path, {**many, "infra/main.tf": function_block("f", "${var.image}")})
    reason = image(next(one for one in declared.functions if one.name == "f")).reason
    assert reason is not None
    assert reason.endswith(
        "is built from: s0/Dockerfile, s1/Dockerfile, s2/Dockerfile, s3/Dockerfile, s4/Dockerfile and 2 more"
    )


def test_a_command_that_may_be_any_dockerfiles_makes_their_own_doubtful(tmp_path: Path) -> None:
    declared = found(tmp_path, {**SVC, **OTHER, "infra/main.tf": function_block("f", "${var.image}", "app.handler")})
    reasons = {one.name: one.handler_reason for one in declared.functions if one.declared_by == "dockerfile"}
    assert reasons == dict.fromkeys(
        ("other", "svc"), "f (infra/main.tf:1) may be built from it, and sets its own command"
    )


def test_the_only_dockerfile_is_meant_unless_the_command_is_strange_to_the_project(tmp_path: Path) -> None:
    main = function_block("f", "${var.image}", "app.handler") + function_block("g", "${var.image}", "billing.main.run")
    declared = found(tmp_path, {**SVC, "infra/main.tf": main})
    assert images(declared) == {"f": ("svc/Dockerfile", "svc"), "g": (None, None)}
    alone = found(tmp_path, {"infra/main.tf": function_block("g", "${var.image}", "billing.main.run")})
    assert images(alone) == {"g": (None, None), "svc": ("svc/Dockerfile", "svc")}


def test_images_of_two_names_cannot_both_be_the_only_dockerfile(tmp_path: Path) -> None:
    main = function_block("f", "${var.registry}/one:1", "app.handler")
    main += function_block("g", "${var.registry}/two@${data.aws_ecr_image.i.image_digest}", "app.handler")
    declared = found(tmp_path, {**SVC, "infra/main.tf": main})
    assert images(declared) == {"f": (None, None), "g": (None, None), "svc": ("svc/Dockerfile", "svc")}
    (svc,) = (one for one in declared.functions if one.name == "svc")
    assert svc.handler_reason is not None
    same = main.replace("/two", "/one")
    assert set(images(found(tmp_path, {"infra/main.tf": same})).values()) == {("svc/Dockerfile", "svc")}


def test_images_of_other_languages_make_no_claim_on_the_only_dockerfile(tmp_path: Path) -> None:
    main = function_block("f", "${var.registry}/one:1", "app.handler")
    main += function_block("g", "${var.registry}/two:1", "Assembly::Name.Space.Class::Method")
    assert images(found(tmp_path, {**SVC, "infra/main.tf": main})) == {"f": ("svc/Dockerfile", "svc")}


@pytest.mark.parametrize("command", ["svc.handlr.main", "apps.handler"])
def test_a_misspelt_module_is_no_stranger(tmp_path: Path, command: str) -> None:
    declared = found(tmp_path, {**SVC, "infra/main.tf": function_block("f", "${var.image}", command)})
    assert images(declared) == {"f": ("svc/Dockerfile", "svc")}


def test_images_of_other_languages_are_not_functions_here(tmp_path: Path) -> None:
    node = {"node/Dockerfile": 'FROM public.ecr.aws/lambda/nodejs:20\nCOPY . .\nCMD ["app.handler"]\n'}
    main = function_block("n", "x/node:1") + function_block("d", "x/dotnet:1", "A::B.C::D")
    declared = found(tmp_path, {**node, "build.sh": "docker build -t node node\n", "main.tf": main})
    assert declared.functions == ()


def test_an_image_from_elsewhere_is_a_gap_when_nothing_here_is_python(tmp_path: Path) -> None:
    declared = found(tmp_path, {"main.tf": function_block("f", "x/elsewhere:1")})
    assert declared.functions == ()
    assert declared.gaps[0].functions == ("f",)


def test_a_dockerfile_without_cmd_is_a_gap_until_something_uses_it(tmp_path: Path) -> None:
    no_cmd = {"svc/Dockerfile": LAMBDA_IMAGE.replace('CMD ["app.handler"]\n', ""), "svc/app.py": ""}
    alone = found(tmp_path, no_cmd)
    assert alone.functions == ()
    assert alone.gaps[0].reason == "the image has no CMD, and nothing says which handler it is started with"
    used = found(tmp_path, {**no_cmd, "main.tf": function_block("f", "x/svc:1", "app.handler")})
    assert images(used) == {"f": ("svc/Dockerfile", "svc")}
    assert used.gaps == ()


def test_ways_to_build_a_bare_dockerfile_are_functions_of_their_own(tmp_path: Path) -> None:
    dockerfile = (
        'FROM public.ecr.aws/lambda/python:3.12\nARG F=a\nARG SHA\nCOPY ${F}.py app.py\nRUN echo $SHA\nCMD ["app.f"]\n'
    )
    script = "for f in a b; do docker build --build-arg F=$f --build-arg SHA=$(git rev-parse HEAD) svc; done\n"
    declared = found(tmp_path, {"svc/Dockerfile": dockerfile, "svc/a.py": "", "svc/b.py": "", "build.sh": script})
    assert {one.name: dict(image(one).build_args) for one in declared.functions} == {
        "svc[F=a]": {"F": "a"},
        "svc[F=b]": {"F": "b"},
    }


def test_a_computed_build_argument_that_decides_the_image_is_a_gap(tmp_path: Path) -> None:
    dockerfile = 'FROM public.ecr.aws/lambda/python:3.12\nARG F=a\nCOPY ${F}.py app.py\nCMD ["app.f"]\n'
    declared = found(
        tmp_path, {"svc/Dockerfile": dockerfile, "svc/a.py": "", "build.sh": "docker build --build-arg F=$1 svc\n"}
    )
    (function,) = declared.functions
    assert image(function).context is None
    assert image(function).reason == "the build argument F is computed where the image is built (build.sh:1)"


@pytest.mark.parametrize(
    ("deployer", "text"),
    [
        ("lib/stack.ts", "lambda.DockerImageCode.fromImageAsset('svc', { cmd: [handler] })"),
        ("lib/stack.ts", "DockerImageCode.fromImageAsset(path.join(x), { cmd: [handler] })"),
        ("stack.py", 'DockerImageCode.from_image_asset("../svc", cmd=["a.f"])'),
    ],
)
def test_a_command_that_an_unread_deployer_may_set_makes_the_handler_unknown(
    tmp_path: Path, deployer: str, text: str
) -> None:
    (function,) = found(tmp_path, {**SVC, "cdk.json": "{}", deployer: text}).functions
    assert function.handler_reason == f"{deployer} sets commands of images, which may replace the CMD"
    assert image(function).dockerfile == "svc/Dockerfile"


def test_a_deployer_that_names_the_dockerfile_and_sets_no_command_leaves_the_cmd(tmp_path: Path) -> None:
    named = "DockerImageCode.fromImageAsset('..', { file: 'svc/Dockerfile' })"
    other = "DockerImageCode.fromImageAsset(dir, { cmd: [x] })"
    (function,) = found(tmp_path, {**SVC, "cdk.json": "{}", "a.ts": named, "b.ts": other}).functions
    assert function.handler_reason is None


def test_a_module_used_by_two_environments_is_one_function(tmp_path: Path) -> None:
    call = 'module "app" {\n  source = "../../app"\n  stage = "%s"\n}\n'
    app = 'variable "stage" {}\n' + function_block("f", "x/svc:1", "app.handler").replace('"f"\n', '"f-${var.stage}"\n')
    files = {"envs/dev/main.tf": call % "dev", "envs/prod/main.tf": call % "prod", "app/main.tf": app}
    assert [one.name for one in found(tmp_path, {**SVC, **files}).functions] == ["f-dev"]


def test_names_are_unique_and_say_where_they_are_from(tmp_path: Path) -> None:
    files = {f"{stack}/main.tf": function_block("f", "x/svc:1", f"{stack}.f") for stack in ("one", "two")}
    twice = function_block("g", "x/svc:1", "a.f") + function_block("g", "x/svc:1", "b.f").replace('"g" {', '"h" {')
    names = [one.name for one in found(tmp_path, {**SVC, **files, "main.tf": twice}).functions]
    assert names == ["g:1", "g:9", "one/f", "two/f"]


def test_configured_functions_are_always_taken(tmp_path: Path) -> None:
    settings = Settings(
        functions=(FunctionSettings("mine", 1, "app.f", source="svc"),), path=str(tmp_path / "vartask.toml")
    )
    declared = declare(project(tmp_path, {**SVC, "vartask.toml": ""}), settings)
    assert [one.name for one in declared.functions] == ["svc", "mine"]


def test_a_reader_that_crashes_is_loud_and_does_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(project: Project, settings: Settings) -> None:
        del project, settings
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(terraform, "find", crash)
    finders.cache_clear()
    try:
        declared = found(tmp_path, SVC)
    finally:
        monkeypatch.undo()
        finders.cache_clear()
    assert declared.crashes == ("reading terraform definitions crashed: ZeroDivisionError: oops",)
    assert [one.name for one in declared.functions] == ["svc"]


def test_two_runs_say_the_same_in_the_same_order(tmp_path: Path) -> None:
    files = {**SVC, **OTHER, "main.tf": function_block("f", "${var.image}", "app.f")}
    assert found(tmp_path, files) == declare(Project(tmp_path), Settings())
