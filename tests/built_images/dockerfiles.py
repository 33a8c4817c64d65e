"""Random Dockerfiles over a random context (Hypothesis strategies)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import strategies as st

from built_images.contexts import DIRECTORIES, FILES, PATTERNS, Case, Node, ignore_files, nodes, text_file
from built_images.shell_scripts import scripts

BASE = "public.ecr.aws/lambda/python:3.11"


@dataclass(frozen=True)
class Features:
    """What to write: the grammar that the engine at hand knows, and which part of it is asked for."""

    run: bool = True
    parents: bool = False
    ignore: bool = True


@dataclass
class Scope:
    """What stands before the line that is being written."""

    context: dict[str, Node]
    features: Features
    stages: list[str] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)
    scratch: bool = True


destinations = st.sampled_from((
    ".", "./", "/", "x", "x/", "d", "d/", "./d/e", "/var/task/", "/var/task/d", "/var/task", "../up/", "$V", "${V}/", "/opt/$V/q",
    "${W:-dflt}/", "${V:+alt}", "/opt/", "a.py", "d/a.py", "x/y/z", "x/y/", "/x/../y", "/link", "lnk/", "link", "${V#o}", "${V%%e*}/",
    "${V/n/N}", '"q"', "'q'/", "/var/task/./e/",
))  # fmt: skip


@st.composite
def sources(draw: st.DrawFn, scope: Scope) -> str:
    """A path of the context as people write it, or a pattern that may match it."""
    known = [path for path in scope.context if path != "Dockerfile"]
    missing = draw(st.integers(0, 79)) == 0
    path = draw(st.sampled_from((*FILES, *DIRECTORIES, ".") if missing or not known else known))
    if draw(st.integers(0, 3)) == 0:
        parts = path.split("/")
        at = draw(st.integers(0, len(parts) - 1))
        parts[at] = draw(
            st.sampled_from(
                ("*", parts[at][:1] + "*", "?" + parts[at][1:], "[a-e]*", "*" + parts[at][-3:], "**", "[^a]*")
            )
        )
        path = "/".join(parts)
    elif " " in path or "[" in path:
        path = path.replace(" ", "?").replace("[", "[[]")
    prefix = draw(st.sampled_from(("",) * 6 + ("./", "/", "../", "d/../")))
    is_dir = path in scope.context and scope.context[path].kind == "d"
    suffix = draw(st.sampled_from(("",) * (5 if is_dir else 50) + ("/", "/.")))
    return f"{prefix}{path}{suffix}"


stage_sources = st.sampled_from(
    (".", "/", "*", "/*", "x*", "/var/task/.", "d*", "opt*", "*/*", "**/a*", "var/*/", "l*")
)
"""What COPY takes from a stage, whose files nobody keeps book of here."""
filled_stage_sources = st.sampled_from((
    "/var/task", "/var/task/", "/var/task/.", "/var/task/*", "/var/task/[a-x]*", "var/task/*/*", "/var/task/d*", "/opt", "/opt/",
    "opt/*", "/opt/.", "/w*", "/var/t*/", "x*", "/up*", "/t.*",
))  # fmt: skip
"""The same where the stage is on an image of its own: a copy of all of that would drown what the case is about."""


@st.composite
def flags(draw: st.DrawFn, scope: Scope, keyword: str) -> list[str]:
    """Flags of COPY and ADD."""
    chosen = []
    if keyword == "COPY" and scope.stages and draw(st.integers(0, 2)) == 0:
        number = draw(st.integers(0, len(scope.stages) - 1))
        chosen.append(
            f"--from={draw(st.sampled_from((scope.stages[number], scope.stages[number].upper(), str(number))))}"
        )
    if draw(st.integers(0, 5)) == 0:
        chosen.append(f"--chown={draw(st.sampled_from(('7', '1:2', '1000:0', '0', '3:')))}")
    if draw(st.integers(0, 5)) == 0:
        chosen.append(
            f"--chmod={draw(st.sampled_from(('644', '0755', '700', 'u=rwX,go=rX', 'a+x', 'go-rwx', '1755', 'g=u', '$M')))}"
        )
    if draw(st.integers(0, 6)) == 0:
        chosen.append("--link")
    excluded = st.lists(st.sampled_from([each for each in PATTERNS if " " not in each]), min_size=1, max_size=2)
    if draw(st.integers(0, 5)) == 0:
        chosen += [f"--exclude={pattern}" for pattern in draw(excluded)]
    if scope.features.parents and keyword == "COPY" and draw(st.integers(0, 5)) == 0:
        chosen.append("--parents")
    if keyword == "ADD" and draw(st.integers(0, 5)) == 0:
        chosen.append(f"--unpack={draw(st.sampled_from(('true', 'false')))}")
    return chosen


@st.composite
def copies(draw: st.DrawFn, scope: Scope) -> list[str]:
    """One COPY or ADD."""
    keyword = draw(st.sampled_from(("COPY", "COPY", "COPY", "ADD")))
    given = draw(flags(scope, keyword))
    one = sources(scope)
    if any(flag.startswith("--from") for flag in given):
        whole = not scope.filled or draw(st.integers(0, 59)) == 0
        one = stage_sources if whole else filled_stage_sources
    taken = draw(st.lists(one, min_size=1, max_size=3 if draw(st.integers(0, 2)) == 0 else 1))
    destination = draw(destinations)
    if draw(st.integers(0, 9)) == 0:
        quoted = draw(st.booleans())
        word = "'EOF'" if quoted else "EOF"
        body = draw(st.sampled_from(("one", "$V", "\\$V", "${W:-w}", "a\\nb", "COPY a b")))
        return [
            f"{keyword} {' '.join(flag for flag in given if '--from' not in flag)} <<{word} {destination}".replace(
                "  ", " "
            ),
            body,
            "EOF",
        ]
    if draw(st.integers(0, 4)) == 0:
        words = json.dumps([*taken, destination.strip("\"'")], ensure_ascii=False)
    else:
        words = " ".join([*taken, destination])
    line = " ".join([keyword, *given, words])
    if draw(st.integers(0, 9)) == 0:
        line = line.replace(" ", draw(st.sampled_from((" \\\n  ", " \\\n# note\n  ", " \\  \n  "))), 1)
    return [line]


workdirs = st.sampled_from(
    ("/w", "sub", "/var/task", "/var/task/d", "../up", "$V/w", "/opt/${V}", ".", "/", "a b", "./x/", "/link")
)
simple_lines = st.sampled_from((
    "ENV V=one", "ENV V=two W=$V", "ENV V one two", 'ENV V="a b"', "ENV PATH=/x:$PATH", "ARG V=arg", "ARG V", "ARG W=${V}w", "ARG M=750",
    "ARG TARGETARCH", "ENV M=604", "ENV W=", "ARG GIVEN=dflt", "ENV V=$GIVEN", "ENV V=${TARGETARCH:-none}", "ARG G", "ENV V=${G}g",
    "ENV V='$V'", "ENV V=one\\ two", 'ENV V="$V"x', "LABEL k=v", "EXPOSE 80", "VOLUME /vol", 'VOLUME ["/var/task/d"]', "STOPSIGNAL 9",
    "USER 1000", "USER 5:6", "USER root", "CMD app.handler", 'CMD ["app.handler"]', 'ENTRYPOINT ["/e", "x"]', "ENTRYPOINT /e x",
    'SHELL ["/bin/bash", "-c"]', "MAINTAINER me", "HEALTHCHECK NONE", "# comment", "", "CMD []", "CMD ['a']", "ENTRYPOINT []",
))  # fmt: skip


@st.composite
def lines(draw: st.DrawFn, scope: Scope) -> list[str]:
    """One instruction after FROM."""
    kind = draw(st.sampled_from(("copy", "copy", "copy", "copy", "workdir", "set", "set", "run", "run", "onbuild")))
    if kind == "workdir":
        return [f"WORKDIR {draw(workdirs)}"]
    if kind == "set":
        return [draw(simple_lines)]
    if kind == "run" and not scope.scratch and scope.features.run:
        return draw(scripts())
    if kind == "onbuild" and draw(st.integers(0, 2)) == 0:
        inner = draw(
            st.one_of(
                copies(scope).filter(lambda each: len(each) == 1), st.just(["WORKDIR onb"]), st.just(["ENV V=onb"])
            )
        )
        return [f"ONBUILD {inner[0]}"]
    return draw(copies(scope))


@st.composite
def cases(draw: st.DrawFn, features: Features) -> Case:
    """A context, a Dockerfile with one to three stages, and the command line's part."""
    context = draw(nodes())
    scope = Scope(context, features)
    written: list[str] = []
    if draw(st.integers(0, 7)) == 0:
        written.append(draw(st.sampled_from(("# escape=\\", "# check=skip=all", "# just a comment"))))
    if draw(st.integers(0, 3)) == 0:
        written.append(draw(st.sampled_from(("ARG G=glob", "ARG V=before", "ARG G"))))
    for number in range(draw(st.integers(1, 3))):
        choices = [BASE if features.run else "scratch", "scratch", *scope.stages]
        base = draw(st.sampled_from([BASE, BASE, *choices] if features.run else choices))
        scope.scratch = base == "scratch" or (base in scope.stages and base not in scope.filled)
        name = f"s{number}"
        written.append(f"FROM {base} AS {name}")
        for _ in range(draw(st.integers(1, 5))):
            written += draw(lines(scope))
        scope.stages.append(name)
        if not scope.scratch:
            scope.filled.append(name)
    context["Dockerfile"] = text_file("\n".join(written) + draw(st.sampled_from(("\n", "\n", "\n", ""))))
    if features.ignore and draw(st.integers(0, 2)) == 0:
        name = draw(st.sampled_from((".dockerignore", ".dockerignore", "Dockerfile.dockerignore")))
        context[name] = text_file(draw(ignore_files))
    given = draw(
        st.dictionaries(st.sampled_from(("GIVEN", "V", "G", "W")), st.sampled_from(("cli", "", "c d")), max_size=2)
    )
    target = draw(st.sampled_from((None, None, None, *scope.stages)))
    return Case(dict(sorted(context.items())), given, target)
