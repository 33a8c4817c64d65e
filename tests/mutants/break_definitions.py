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
    text = files.get("template.yaml", "")
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if re.search(r"^\s+(- !Ref|PYTHONPATH:|REAL_HANDLER:|Layers: \[)", line):
            yield f"template without {line.strip()}", changed(files, "template.yaml", _without(lines, number))
        for pattern, others in _REPLACED.items():
            found = re.match(rf"(\s+(?:{pattern}): )(\S+)", line)
            for other in others(files, found[2]) if found else ():
                what = f"template: {line.strip()} to {other}"
                yield what, changed(files, "template.yaml", text.replace(line, f"{found[1] if found else ''}{other}\n"))
    if "Environment" not in text and "CodeUri" in text:
        for value in ("/opt/python", "src", "/var/task/lib:/tmp"):
            variables = rf"\1\2\n\1Environment: {{Variables: {{PYTHONPATH: {value}}}}}"
            with_it = re.sub(r"(?m)^(\s+)(Handler: .*)$", variables, text)
            yield f"template: PYTHONPATH {value}", changed(files, "template.yaml", with_it)


def _without(lines: list[str], number: int) -> str:
    """The template without a line, and without the key that would be left with nothing."""
    line, above = lines[number], lines[number - 1]
    kept = lines[:number] + lines[number + 1 :]
    if "- !Ref" in line and "Layers:" in above:
        del kept[number - 1]
    if "Variables:" in above:
        kept[number - 1] = above.replace("Variables:", "Variables: {OTHER: x}")
    return "".join(kept)


def _variables(files: Files, value: str) -> Iterator[str]:
    del files
    yield from ("src", "/var/task", "/opt/python", value + "x", value.partition(":")[0], value.replace("/", "."))


def _runtimes(files: Files, value: str) -> Iterator[str]:
    del files
    yield from (f"python{version}" for version in ("3.9", "3.10", "3.12", "3.13") if f"python{version}" != value)


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
                yield from _copies(files, path, lines, number, rest)
            elif word == "FROM" and rest[0].startswith("public"):
                for version in ("3.9", "3.13"):
                    other = f"public.ecr.aws/lambda/python:{version}"
                    yield f"{path}: {version}", changed(files, path, text.replace(rest[0], other))
            elif word == "CMD":
                for added in ("WORKDIR /app", "ENV PYTHONPATH=/var/task/src"):
                    yield f"{path}: {added}", changed(files, path, "".join([*lines[:number], f"{added}\n", line]))


def _copies(files: Files, path: str, lines: list[str], number: int, rest: list[str]) -> Iterator[Mutant]:
    *sources, target = [part for part in rest if not part.startswith("--")]
    flags = [part for part in rest if part.startswith("--")]
    inner = target.rstrip("/") + "/inner/"
    for other in ("./", "./app/", "/app/", "/opt/", inner, target.rstrip("/"), "/var/task/src/", "..", "/opt/python/"):
        yield from _line(files, path, lines, number, ["COPY", *flags, *sources, other])
    first, above = sources[0], posixpath.dirname(sources[0].rstrip("/")) or "."
    for other in (first + "/*", above, "./" + first, first + "/*.py"):
        yield from _line(files, path, lines, number, ["COPY", *flags, other, *sources[1:], target])
    if len(sources) > 1:
        yield from _line(files, path, lines, number, ["COPY", *flags, *sources[1:], target])
    if number + 1 < len(lines) and lines[number + 1].startswith("COPY"):
        joined = [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]
        yield f"{path}: line {number} swapped with the next", changed(files, path, "".join(joined))


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


_REPLACED = {
    "CodeUri|ContentUri|DockerContext": _places,
    "Runtime": _runtimes,
    "PYTHONPATH|REAL_HANDLER": _variables,
}
"""Keys of a template, and what their values are replaced with."""

OPERATORS = (handler_strings, template_lines, dockerfile_lines)
