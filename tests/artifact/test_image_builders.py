"""The same Dockerfile built by another builder."""

from __future__ import annotations

from pathlib import Path

from image_projects import AWS, image, project
from vartask.artifact.image import predict_image
from vartask.data.builders import builder_named
from vartask.model import FileTree


def predict_with(builder: str, root: Path, dockerfile: str, files: dict[str, str] | None = None) -> FileTree:
    made = project(root, {"Dockerfile": dockerfile, **(files or {})})
    return predict_image(made, image(), builder=builder_named(builder))


def test_a_flag_that_a_builder_does_not_know_fails_the_build_there(tmp_path: Path) -> None:
    text = AWS + "COPY --link app.py ./\n"
    assert predict_with("buildkit@0.10", tmp_path, text, {"app.py": ""}).error is None
    failed = predict_with("buildkit@0.9", tmp_path, text, {"app.py": ""}).error
    assert failed is not None
    assert (failed.at.line, "unknown flag: --link" in failed.message) == (2, True)


def test_without_heredocs_the_body_is_read_as_instructions(tmp_path: Path) -> None:
    failed = predict_with("classic", tmp_path, AWS + "COPY <<EOF ./gen.py\nx = 1\nEOF\n").error
    assert failed is not None
    assert (failed.at.line, "unknown instruction: X" in failed.message) == (3, True)
