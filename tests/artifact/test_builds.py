from __future__ import annotations

from pathlib import Path

import pytest

from vartask.artifact.builds import DockerBuild, find_builds, repository_of
from written import project

FROM = "FROM scratch\n"
BAKE_VARIABLE = 'variable "D" {\n  default = "svc"\n}\n'


def builds(root: Path, **files: str) -> list[DockerBuild]:
    return list(find_builds(project(root, {name.replace("__", "/"): text for name, text in files.items()})))


def shape(build: DockerBuild) -> tuple[str, str | None]:
    return build.dockerfile, build.context


def test_every_flag_that_decides_the_image_is_read(tmp_path: Path) -> None:
    script = """\
        #!/bin/bash
        docker buildx build --push \\
          --platform linux/arm64 --target=run -t "team/api:1" --tag other \\
          --build-arg PY=3.12 --build-arg SHA=$(git rev-parse HEAD) --build-arg TOKEN \\
          -f api/Dockerfile . > build.log 2>&1 || exit 1
        """
    (found,) = find_builds(project(tmp_path, {"build.sh": script, "api/Dockerfile": FROM}))
    assert shape(found) == ("api/Dockerfile", ".")
    assert (found.platform, found.target, found.tags) == ("linux/arm64", "run", ("team/api:1", "other"))
    assert dict(found.build_args) == {"PY": "3.12"}
    assert found.unknown_args == ("SHA", "TOKEN")
    assert (found.span.path, found.span.line) == ("build.sh", 2)


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("cd api && docker build .", ("api/Dockerfile", "api")),
        ("(cd other; true)\ndocker build api", ("api/Dockerfile", "api")),
        ("pushd other\npopd\ndocker build api/", ("api/Dockerfile", "api")),
        ("DIR=api\nsudo podman build -f $DIR/Dockerfile ${DIR}", ("api/Dockerfile", "api")),
        ("if ! finch build -q api; then exit 1; fi", ("api/Dockerfile", "api")),
        ("for one in other api; do\n  nerdctl build -f $one/Dockerfile .\ndone", ("api/Dockerfile", ".")),
        ("DOCKER_BUILDKIT=1 docker image build $PWD/api", ("api/Dockerfile", "api")),
        ("docker --context prod build ${CONTEXT:-api}", ("api/Dockerfile", "api")),
        ("docker build $GITHUB_WORKSPACE/api", ("api/Dockerfile", "api")),
    ],
)
def test_the_directory_of_a_command_is_followed(tmp_path: Path, commands: str, expected: tuple[str, str]) -> None:
    files = {"build.sh": f"#!/bin/sh\n{commands}\n", "api/Dockerfile": FROM, "other/x": ""}
    assert [shape(build) for build in find_builds(project(tmp_path, files))] == [expected]


@pytest.mark.parametrize(
    "commands",
    [
        "docker build $1",
        "docker build -f $(cat name) .",
        'echo "docker build api"',
        "# docker build api",
        "docker run build api",
        "docker build https://github.com/a/b.git",
        "docker build - < api/Dockerfile",
        "docker buildx bake",
        "cd $WHEREVER && docker build api",
        "echo 'docker build api' > notes",
    ],
)
def test_a_build_that_cannot_be_told_gives_no_guess(tmp_path: Path, commands: str) -> None:
    files = {"build.sh": f"#!/bin/sh\n{commands}\n", "api/Dockerfile": FROM}
    assert list(find_builds(project(tmp_path, files))) == []


@pytest.mark.parametrize(
    "root",
    [
        'ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"',
        "ROOT=$(dirname $(dirname $(realpath $0)))",
        "ROOT=$(git rev-parse --show-toplevel)",
        'HERE=$(dirname "$0"); ROOT=$HERE/..',
    ],
)
def test_the_usual_ways_to_name_the_scripts_directory_are_known(tmp_path: Path, root: str) -> None:
    script = f'#!/usr/bin/env bash\n{root}\ndocker build -f "$ROOT/api/Dockerfile" "$ROOT"\n'
    found = find_builds(project(tmp_path, {"scripts/build.sh": script, "api/Dockerfile": FROM}))
    assert [shape(build) for build in found] == [("api/Dockerfile", ".")]


def test_a_script_is_run_from_where_its_dockerfile_is(tmp_path: Path) -> None:
    own = {"svc/build.sh": "docker build .\n", "svc/Dockerfile": FROM}
    root = {"scripts/build.sh": "docker build -f api/Dockerfile .\n", "api/Dockerfile": FROM}
    found = find_builds(project(tmp_path, {**own, **root}))
    assert [shape(build) for build in found] == [("api/Dockerfile", "."), ("svc/Dockerfile", "svc")]


def test_a_script_that_fits_two_directories_decides_nothing(tmp_path: Path) -> None:
    files = {"svc/build.sh": "docker build .\n", "svc/Dockerfile": FROM, "Dockerfile": FROM}
    assert list(find_builds(project(tmp_path, files))) == []


def test_make_starts_every_line_in_its_own_directory_and_has_its_own_variables(tmp_path: Path) -> None:
    makefile = """\
        IMAGE := api
        build:
        \tcd api
        \t@docker build -t $(IMAGE):$$(date) --target $(STAGE) -f api/Dockerfile \\
        \t\t.
        """
    (found,) = builds(tmp_path, Makefile=makefile, api__Dockerfile=FROM)
    assert shape(found) == ("api/Dockerfile", ".")
    assert found.target is None
    assert repository_of(found.tags[0]) == "api"
    assert found.span.line == 4


def test_workflow_steps_start_in_their_working_directory(tmp_path: Path) -> None:
    workflow = """\
        on: push
        defaults:
          run:
            working-directory: api
        jobs:
          build:
            strategy:
              matrix:
                stage: [one, two]
            env:
              NAME: Dockerfile
            steps:
              - run: |
                  true
                  docker build --target ${{ matrix.stage }} -f ${{ env.NAME }} .
              - run: docker build -f api/$NAME .
                working-directory: ${{ github.workspace }}
        """
    files = {".github/workflows/ci.yml": workflow, "api/Dockerfile": FROM}
    found = find_builds(project(tmp_path, files))
    assert [(*shape(build), build.target, build.span.line) for build in found] == [
        ("api/Dockerfile", "api", "one", 15),
        ("api/Dockerfile", ".", None, 16),
        ("api/Dockerfile", "api", "two", 15),
    ]


def test_the_build_action_takes_the_file_from_the_root_and_defaults_to_the_contexts(tmp_path: Path) -> None:
    workflow = """\
        jobs:
          build:
            strategy:
              matrix:
                include:
                  - name: api
                  - name: jobs
            steps:
              - uses: docker/build-push-action@v6
                with:
                  context: services
                  file: services/${{ matrix.name }}/Dockerfile
                  target: run
                  build-args: |
                    A=1
                    B=${{ github.sha }}
                  tags: registry.example.com/${{ matrix.name }}:${{ github.sha }}
              - uses: docker/build-push-action@v6
                with:
                  context: other
        """
    files = {
        ".github/workflows/ci.yml": workflow,
        "services/api/Dockerfile": FROM,
        "services/jobs/Dockerfile": FROM,
        "other/Dockerfile": FROM,
    }
    found = find_builds(project(tmp_path, files))
    assert sorted({shape(build) for build in found}) == [
        ("other/Dockerfile", "other"),
        ("services/api/Dockerfile", "services"),
        ("services/jobs/Dockerfile", "services"),
    ]
    api = next(build for build in found if "api" in build.dockerfile)
    assert (api.target, dict(api.build_args), api.unknown_args) == ("run", {"A": "1"}, ("B",))
    assert [repository_of(tag) for tag in api.tags] == ["api"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".gitlab-ci.yml", "build:\n  script:\n    - cd svc\n    - docker build -f api/Dockerfile .\n"),
        ("buildspec.yml", "phases:\n  build:\n    commands:\n    - cd svc\n    - docker build -f api/Dockerfile .\n"),
        ("bitbucket-pipelines.yml", "a:\n- step:\n    script:\n    - docker build -f svc/api/Dockerfile svc\n"),
        ("Taskfile.yml", "tasks:\n  build:\n    dir: svc\n    cmds:\n      - docker build -f api/Dockerfile .\n"),
        ("justfile", "build:\n    @cd svc && docker build -f api/Dockerfile .\n"),
        ("Jenkinsfile", "stage('b') { steps { sh 'docker build -f svc/api/Dockerfile svc' } }\n"),
        ("ci/Jenkinsfile", "x = docker.build('api', '-f svc/api/Dockerfile svc')\n"),
        ("svc/package.json", '{"scripts": {"build": "tsc && docker build -f api/Dockerfile ."}}\n'),
        ("docker-compose.yml", "services:\n  a:\n    build:\n      context: ./svc\n      dockerfile: api/Dockerfile\n"),
        ("svc/compose.dev.yaml", "services:\n  a:\n    build: {context: '${DIR:-.}', dockerfile: api/Dockerfile}\n"),
        ("docker-bake.hcl", 'target "a" {\n  context = D\n  dockerfile = "api/Dockerfile"\n}\n' + BAKE_VARIABLE),
    ],
)
def test_pipelines_and_build_files_are_read(tmp_path: Path, name: str, text: str) -> None:
    found = find_builds(project(tmp_path, {name: text, "svc/api/Dockerfile": FROM}))
    assert [shape(build) for build in found] == [("svc/api/Dockerfile", "svc")]
    assert found[0].span.path == name


def test_terraforms_own_builds_are_read_with_their_values(tmp_path: Path) -> None:
    main = """\
        # aws_lambda_function
        variable "stage" { default = "run" }
        resource "aws_ecr_repository" "api" { name = "team/api" }
        resource "docker_image" "one" {
          name = "one:1"
          build {
            context    = "${path.module}/../svc"
            dockerfile = "api/Dockerfile"
            target     = var.stage
            build_args = { A = "1", B = var.unknown }
          }
        }
        resource "null_resource" "two" {
          provisioner "local-exec" {
            working_dir = "../svc"
            command = <<-EOT
              docker build -t ${aws_ecr_repository.api.repository_url}:latest -f api/Dockerfile .
            EOT
          }
        }
        module "three" {
          source           = "terraform-aws-modules/lambda/aws//modules/docker-build"
          source_path      = "../svc"
          docker_file_path = "api/Dockerfile"
          ecr_repo         = "three"
        }
        """
    found = find_builds(project(tmp_path, {"infra/main.tf": main, "svc/api/Dockerfile": FROM}))
    assert {shape(build) for build in found} == {("svc/api/Dockerfile", "svc")}
    assert sorted(str(repository_of(build.tags[0])) for build in found) == ["one", "team/api", "three"]
    first = next(build for build in found if build.target)
    assert (first.target, dict(first.build_args), first.unknown_args) == ("run", {"A": "1"}, ("B",))


def test_compose_arguments_without_a_value_come_from_the_environment(tmp_path: Path) -> None:
    compose = """\
        services:
          a:
            image: registry:5000/team/a:${TAG}
            build:
              context: .
              target: run
              args: [A=1, B, "C=${X}"]
        """
    (found,) = find_builds(project(tmp_path, {"compose.yml": compose, "Dockerfile": FROM}))
    assert (dict(found.build_args), found.unknown_args, found.target) == ({"A": "1"}, ("B", "C"), "run")
    assert repository_of(found.tags[0]) == "team/a"


@pytest.mark.parametrize(
    "text", ["\0", "services: [", "jobs: {a: {steps: 3}}", "- docker build .", "docker build\n" * 3]
)
def test_files_of_the_wrong_shape_are_passed_over(tmp_path: Path, text: str) -> None:
    names = [
        "compose.yml",
        ".github/workflows/docker build.yml",
        "Makefile",
        "build.sh",
        "package.json",
        "docker-bake.hcl",
    ]
    files = dict.fromkeys(names, f"{text}\n# docker build x \\\n")
    assert list(find_builds(project(tmp_path, {**files, "x/Dockerfile": FROM}))) == []


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("api", "api"),
        ("team/api:1", "team/api"),
        ("localhost:5000/api:1", "api"),
        ("1.dkr.ecr.eu-west-1.amazonaws.com/team/api@sha256:00", "team/api"),
        ("${var.registry}/api:${var.tag}", "api"),
        ("${var.image}", None),
        ("1.dkr.ecr.eu-west-1.amazonaws.com/${var.name}:1", None),
    ],
)
def test_the_repository_of_an_image_is_its_name_alone(reference: str, expected: str | None) -> None:
    assert repository_of(reference) == expected
