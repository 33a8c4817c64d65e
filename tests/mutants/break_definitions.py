"""Mutants of what deploys the code: the handler string, the template's places, the Dockerfile's lines."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from mutants.sources import Files, Mutant, changed


def handler_strings(files: Files) -> Iterator[Mutant]:
    for path, text, match in _handlers(files):
        for other in _variants(match["handler"]):
            start, end = match.span("handler")
            yield (
                f"{path}: handler {match['handler']} to {other}",
                changed(files, path, text[:start] + other + text[end:]),
            )


def _variants(handler: str) -> Iterator[str]:
    module, _, name = handler.rpartition(".")
    first, _, rest = module.replace("/", ".").partition(".")
    yield from (
        f"{module}.{name}_x",
        f"{module}.{name.title()}",
        f"{module}_x.{name}",
        f"src.{handler}",
        f"lambda/{handler}",
    )
    yield from (
        handler.replace(".", "/"),
        handler.replace(".", ":"),
        f"{module}.py.{name}",
        f"/{handler}",
        f"./{handler}",
    )
    yield from (
        f"{module}.",
        f".{name}",
        name,
        f"{first.title()}.{name}",
        f"{module}.{name}.run",
        f"sys.{name}",
        f"json.{name}",
    )
    yield from (
        f"calendar.{name}",
        f"email.message.{name}",
        f"{module.replace('.', '/')}.{name}",
        f"{module.replace('/', '.')}.{name}",
    )
    yield from (f"{module}.__name__", f"{module}.__path__", f"time/{handler}", f"os.path.{name}", f"xml.{name}")
    if rest:
        yield from (f"{rest}.{name}", f"{first}.{name}", f"{first}//{rest}.{name}")


def template_lines(files: Files) -> Iterator[Mutant]:
    text = files.get("template.yaml")
    if text is None:
        return
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if re.search(r"^\s+(- !Ref|PYTHONPATH:|REAL_HANDLER:|Layers: \[)", line):
            kept = lines[:number] + lines[number + 1 :]
            if "- !Ref" in line and "Layers:" in lines[number - 1]:
                kept = lines[: number - 1] + lines[number + 1 :]
            if ":" in line and "Variables:" in lines[number - 1]:
                kept[number - 1] = lines[number - 1].replace("Variables:", "Variables: {OTHER: x}")
            yield f"template without {line.strip()}", changed(files, "template.yaml", "".join(kept))
        place = re.match(r"(\s+(?:CodeUri|ContentUri|DockerContext): )(\S+)", line)
        if place:
            for other in _places(files, place[2]):
                yield (
                    f"template: {line.strip()} to {other}",
                    changed(files, "template.yaml", text.replace(line, f"{place[1]}{other}\n")),
                )
        runtime = re.match(r"(\s+Runtime: python)(\S+)", line)
        for version in ("3.9", "3.10", "3.12", "3.13") if runtime else ():
            yield (
                f"template: runtime {version}",
                changed(files, "template.yaml", re.sub(r"(Runtime: python)3\.\d+", rf"\g<1>{version}", text)),
            )
        variable = re.match(r"(\s+(?:PYTHONPATH|REAL_HANDLER): )(\S+)", line)
        if variable:
            for other in (
                "src",
                "/var/task",
                "/opt/python",
                variable[2] + "x",
                variable[2].partition(":")[0],
                variable[2].replace("/", "."),
            ):
                yield (
                    f"template: {line.strip()} to {other}",
                    changed(files, "template.yaml", text.replace(line, f"{variable[1]}{other}\n")),
                )
    if "Environment" not in text and "CodeUri" in text:
        for value in ("/opt/python", "src", "/var/task/lib:/tmp"):
            with_it = re.sub(
                r"(?m)^(\s+)(Handler: .*)$", rf"\1\2\n\1Environment: {{Variables: {{PYTHONPATH: {value}}}}}", text
            )
            yield f"template: PYTHONPATH {value}", changed(files, "template.yaml", with_it)


def _places(files: Files, place: str) -> Iterator[str]:
    here = posixpath.normpath(place)
    directories = {posixpath.dirname(path) for path in files if path.endswith(".py")} | {"."}
    for path in sorted(directories):
        above = path
        while above:
            if above != here:
                yield above + "/"
            above = posixpath.dirname(above)


def dockerfile_lines(files: Files) -> Iterator[Mutant]:
    for path, text in files.items():
        if posixpath.basename(path) != "Dockerfile":
            continue
        lines = text.splitlines(keepends=True)
        for number, line in enumerate(lines):
            word, *rest = line.split() or [""]
            if word in {"COPY", "ENV", "WORKDIR", "RUN"}:
                yield (
                    f"{path} without {line.strip()}",
                    changed(files, path, "".join(lines[:number] + lines[number + 1 :])),
                )
            if word == "COPY":
                *sources, target = [part for part in rest if not part.startswith("--")]
                flags = [part for part in rest if part.startswith("--")]
                for other in (
                    "./",
                    "./app/",
                    "/app/",
                    "/opt/",
                    target.rstrip("/") + "/inner/",
                    target.rstrip("/"),
                    "/var/task/src/",
                    "..",
                    "/opt/python/",
                ):
                    yield from _line(files, path, lines, number, ["COPY", *flags, *sources, other])
                for other in (
                    sources[0] + "/*",
                    posixpath.dirname(sources[0].rstrip("/")) or ".",
                    "./" + sources[0],
                    sources[0] + "/*.py",
                ):
                    yield from _line(files, path, lines, number, ["COPY", *flags, other, *sources[1:], target])
                if len(sources) > 1:
                    yield from _line(files, path, lines, number, ["COPY", *flags, *sources[1:], target])
            if word == "COPY" and number + 1 < len(lines) and lines[number + 1].startswith("COPY"):
                joined = [*lines[:number], lines[number + 1], line, *lines[number + 2 :]]
                yield f"{path}: lines {number} swapped", changed(files, path, "".join(joined))
            if word == "FROM" and rest[0].startswith("public"):
                for version in ("3.9", "3.13"):
                    yield (
                        f"{path}: {version}",
                        changed(files, path, text.replace(rest[0], f"public.ecr.aws/lambda/python:{version}")),
                    )
            if word == "CMD":
                yield (
                    f"{path}: WORKDIR before CMD",
                    changed(files, path, "".join([*lines[:number], "WORKDIR /app\n", line])),
                )
                yield (
                    f"{path}: PYTHONPATH",
                    changed(files, path, "".join([*lines[:number], "ENV PYTHONPATH=/var/task/src\n", line])),
                )


def _line(files: Files, path: str, lines: list[str], number: int, words: list[str]) -> Iterator[Mutant]:
    text = " ".join(words) + "\n"
    if text != lines[number]:
        yield f"{path}: {text.strip()}", changed(files, path, "".join([*lines[:number], text, *lines[number + 1 :]]))


def _handlers(files: Files) -> Iterator[tuple[str, str, re.Match[str]]]:
    template = files.get("template.yaml", "")
    for match in re.finditer(r"(?m)^\s+(?:Handler: |- )(?P<handler>[\w./]+\.\w+)$", template):
        yield "template.yaml", template, match
    for path, text in files.items():
        if posixpath.basename(path) == "Dockerfile" and "Command:" not in template:
            for match in re.finditer(r'(?m)^CMD \["(?P<handler>[^"]+)"\]', text):
                yield path, text, match


OPERATORS = (handler_strings, template_lines, dockerfile_lines)
