"""Random shell scripts about a handful of files, from the grammar that Dockerfiles use."""

from __future__ import annotations

import random

START = {
    "a": "one\n",
    "b.txt": "two\n",
    "d/a": "x\n",
    "d/b.txt": "y\n",
    "d/e/f": "z\n",
    "g": None,
    "h/i.py": "import q\n",
}
PATHS = "a b.txt c d d/a d/b.txt d/e d/e/f g h h/i.py n n/m g/new ./a d/ g/ d/.".split()  # noqa: SIM905
WORDS = [
    *PATHS,
    *[
        "*",
        "*.txt",
        "d/*",
        "$X",
        '"$X"',
        "${Y}",
        "$U",
        "{a,c}",
        "'*'",
        "?",
        "[ab]*",
        "nope*",
        "$(echo",
        "a)",
        "`echo",
        "c`",
        "${X:-c}",
        "${U:-c}",
        "${X%.txt}",
        "${X#b}",
    ],
]
SIMPLE = [
    "mkdir {w}", "mkdir -p {w} {w}", "mkdir -m 700 {w}", "touch {w} {w}", "rm {w}", "rm -f {w}", "rm -r {w}",
    "rm -rf {w} {w}", "cp {w} {w}", "cp -r {w} {w}", "cp -a {w} {w}", "cp -R {w} {w} {w}", "cp -p {w} {w}",
    "cp -rT {w} {w}", "cp -rL {w} {w}", "mv {w} {w}", "mv -f {w} {w} {w}", "mv -T {w} {w}", "ln -s {p} {w}",
    "ln -sf {p} {w}", "ln -sfn {p} {w}", "rmdir {w}", "chmod 755 {w}", "chmod -R u+rwX,go-w {w}", "chmod +x {w} {w}",
    "echo hi > {p}", 'echo "a b" >> {p}', "echo -n $X > {p}", "printf '%s\\n' a b > {p}", "cat {w} > {p}",
    "cat {p} >> n", "sed -i s/o/0/ {w}", "echo t | tee {p}", "echo t | tee -a {p}", "cd {p}", "test -f {w}",
    "[ -d {w} ]", "[ -e {p} ]", '[ "$X" = {p} ]', "install -d {w}", "install -m 600 a {w}", "install -D b.txt {p}",
    "X=b.txt", "Y=d", "X=", "unset X", "export X=g", "X=$(echo b.txt)", "true", "false", ":", "exit 0", "exit 1",
    "set -e", "set +e", "set -x", "find . -name '*.txt' -delete", "find {p} -type f -exec rm {} \\;",
    "find d -type d -exec rm -rf {} +", "find . -empty -delete", "find . -name a -o -name f", "find {p} -newer a -delete",
    "find . -maxdepth 1 -type f -exec chmod 600 {} +", "find d -name '*.txt' | xargs rm -f",
    "find d -type f | while read f; do touch $f.y; done", "find . -name e | xargs -r chmod 700", "tar cf {p} {w}",
    "tar xf {p} -C g", "sh -c 'cd d && touch q'", "sh -c 'set -e; false; touch n'", "sh -c 'exit 3'",
]  # fmt: skip
NESTED = [
    "( {s} )", "{ {s}; }", "if {c}; then {s}; fi", "if {c}; then {s}; else {s}; fi", "! {c}",
    "for f in {w} {w}; do {s}; done", "for f in {w} {w}; do rm -f $f; {s}; done", "fn() { {s}; }; fn {w}",
    "case $X in a|*.txt) {s};; *) {s};; esac", "case a in {p}) {s};; b*) {s};; esac",
]  # fmt: skip


def statements(chance: random.Random, depth: int = 0) -> str:
    """A script."""
    script = command(chance, depth)
    for _ in range(chance.randint(0, 2 if depth else 4)):
        script += chance.choice(["; ", " && ", " || ", "\n"]) + command(chance, depth)
    return script


def command(chance: random.Random, depth: int) -> str:
    """A simple command, or one that holds others."""
    nested = depth < 3 and chance.random() < 0.25
    form = chance.choice(NESTED if nested else SIMPLE)
    out = ""
    while form:
        key = form[:3]
        if key == "{s}":
            out += statements(chance, depth + 1)
        elif key == "{c}":
            out += command(chance, 3)
        elif key in {"{w}", "{p}"}:
            out += chance.choice(PATHS if key == "{p}" or chance.random() < 0.5 else WORDS)
        else:
            out += form[0]
            form = form[1:]
            continue
        form = form[3:]
    return out
