"""The time to predict an image of 2,000 files, beside the time that walking the same files takes in the same run."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from vartask.artifact.image import predict_image
from vartask.model import Image, Span
from vartask.project import Project

FILES, DIRECTORIES, RUNS = 2000, 50, 15
DOCKERFILE = """\
FROM public.ecr.aws/lambda/python:3.12 AS build
WORKDIR /build
COPY . .
RUN pip install -r requirements.txt -t /deps && rm -rf tests && find . -name '*.txt' -delete
FROM public.ecr.aws/lambda/python:3.12
COPY --from=build /deps ${LAMBDA_TASK_ROOT}
COPY --from=build /build/src ${LAMBDA_TASK_ROOT}/src
CMD ["src.app.handler"]
"""


def make_context(root: Path) -> None:
    """A project of 2,000 Python files in 50 packages."""
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / ".dockerignore").write_text("**/*.pyc\n.git\n**/node_modules\n!src/keep.pyc\n")
    (root / "requirements.txt").write_text("requests==2.32.0\n")
    for number in range(FILES):
        place = root / f"src/pkg{number % DIRECTORIES}/module{number}.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"VALUE = {number}\n")


def median(action: Callable[[], object]) -> float:
    """Seconds."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def walk(root: Path) -> int:
    """What any tool has to do at the least: look at every file once."""
    return sum(
        os.lstat(os.path.join(directory, name)).st_size for directory, _, names in os.walk(root) for name in names
    )


def opened_files(root: Path, action: Callable[[], object]) -> list[str]:
    """The files below ``root`` that ``action`` opens."""
    opened: list[str] = []
    watching = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open" and str(arguments[0]).startswith(str(root)):
            opened.append(os.path.relpath(str(arguments[0]), root))

    # A hook stays for good, so it is told when to look away.
    sys.addaudithook(hook)
    action()
    watching = False
    return sorted({path for path in opened if (root / path).is_file()})


def show() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory).resolve()
        make_context(root)
        image = Image("Dockerfile", ".", Span("Dockerfile"))

        def predict() -> None:
            predict_image(Project(root), image)

        opened = opened_files(root, predict)
        predicting, walking = median(predict), median(lambda: walk(root))
    print(f"\n## Speed: an image of {FILES} files, median of {RUNS}\n")
    print(
        f"predict {predicting * 1000:.1f} ms, walk and lstat {walking * 1000:.1f} ms, ratio {predicting / walking:.1f}"
    )
    print(f"files opened: {', '.join(opened)}")
