"""Random shell scripts for RUN, over a small pool of paths (Hypothesis strategies)."""

from __future__ import annotations

from hypothesis import strategies as st

PATHS = (
    "a",
    "b",
    "d",
    "d/a",
    "d/e",
    "x/y",
    "/opt/o",
    "/var/task/a.py",
    "$V",
    "'q r'",
    "./d/",
    "../up",
    "/w/a",
    "link",
    "a.py",
    "src",
    "pkg",
)
paths = st.sampled_from(PATHS)
patterns = st.sampled_from(("*", "*.py", "d/*", "a*", "[a-c]", "?", ".*", "*/a", "/opt/*", "nothing*"))
words = st.one_of(paths, paths, paths, patterns)


@st.composite
def commands(draw: st.DrawFn) -> str:
    """One command of those that packaging uses."""
    kind = draw(st.sampled_from((
        "mkdir", "mkdir", "touch", "cp", "cp", "mv", "rm", "rm", "ln", "echo", "echo", "chmod", "find", "cd", "rmdir", "tar", "zip", "test",
        "chown", "install", "cat", "true",
    )))  # fmt: skip
    one, two, three = draw(words), draw(paths), draw(words)

    def flag(*choices: str) -> str:
        return draw(st.sampled_from(choices))

    written = {
        "mkdir": f"mkdir {flag('', '-p', '-p', '-m 700', '-pm 711')} {two}",
        "touch": f"touch {flag('', '', '-c')} {two}",
        "cp": f"cp {flag('', '-r', '-r', '-a', '-R', '-rp', '-rL', '-n', '-rT', '-f', '--parents', '-r -t d', '-rf')} {one} {two}",
        "mv": f"mv {flag('', '-f', '-n', '-T', '-t d')} {one} {two}",
        "rm": f"rm {flag('', '-r', '-rf', '-f', '-d')} {one} {flag('', three)}",
        "ln": f"ln {flag('-s', '-s', '-sf', '-sfn', '', '-sT')} {one} {two}",
        "echo": f"{flag('echo hi', 'printf %s $V', 'echo -n', 'date', ':')} {flag('>', '>>', '>', '2>')} {two}",
        "chmod": f"chmod {flag('755', '-R 700', '+x', 'u+w,go-rwx', '-R a+rX', '644')} {one}",
        "chown": f"chown {flag('', '-R', '-h')} {flag('5', '5:6', ':7', 'root:root', 'nobody')} {one}",
        "find": f"find {flag('.', 'd', '/opt', '. d')} {flag('', '-type f', '-type d', '-maxdepth 1', '-mindepth 1')}"
        f" {flag('-name a*', '-name a.py', '-not -name a', '-path ./d/*', '-name b -o -name a', '-empty')} {flag('-delete', '-exec rm -rf {} +', '-print')}",
        "cd": f"cd {two}",
        "rmdir": f"rmdir {flag('', '-p')} {two}",
        "tar": f"tar {flag('-cf /t.tar', '-C d -cf /t.tar', '-czf t.tgz', '-xf /t.tar', '-xf /t.tar -C d', '-xzf t.tgz --strip-components=1')} {flag('', one, '.')}",
        "zip": f"zip -qr z.zip {one} && unzip {flag('-q', '-qo', '-q -d x')} z.zip",
        "test": f"[ {flag('-f', '-d', '-e', '! -e', '-L', '-n', '-z')} {two} ]",
        "install": f"install {flag('', '-d', '-D', '-m 600', '-Dm755')} {one} {two}",
        "cat": f"cat {one} > {two}",
        "true": flag("true", "false", "exit 0", "V=b", "export V=d", "set -e", "set -eux", "umask 077"),
    }[kind]
    return " ".join(written.split()) if "'" not in written else written


@st.composite
def statements(draw: st.DrawFn) -> str:
    """Commands joined or nested."""
    kind = draw(
        st.sampled_from(("plain", "plain", "plain", "and", "or", "if", "for", "subshell", "semicolon", "group"))
    )
    first, second = draw(commands()), draw(commands())
    if kind == "if":
        condition = draw(
            st.sampled_from((f"[ -d {draw(paths)} ]", '[ "$V" = one ]', f"test -e {draw(paths)}", '[ -n "$G" ]', first))
        )
        return f"if {condition}; then {first}; else {second}; fi"
    if kind == "for":
        items = draw(st.sampled_from(("a b", "d/*", "$V", "*.py", "a d")))
        body = draw(
            st.sampled_from(('touch "$i.made"', "mkdir -p m/$i", 'cp -r $i "$i.copy"', "rm -rf $i", "mv $i /opt/"))
        )
        return f"for i in {items}; do {body}; done"
    return {
        "plain": first, "and": f"{first} && {second}", "or": f"{first} || {second}", "subshell": f"({first} && {second})",
        "semicolon": f"{first}; {second}", "group": f"{{ {first}; {second}; }}",
    }[kind]  # fmt: skip


@st.composite
def scripts(draw: st.DrawFn) -> list[str]:
    """One RUN; most go on after a failure, so that builds end."""
    body = draw(st.lists(statements(), min_size=1, max_size=3))
    mount = draw(
        st.sampled_from(
            ("",) * 8
            + (
                "--mount=type=bind,target=/ctx ",
                "--mount=type=cache,target=/c ",
                "--mount=type=bind,source=d,target=d ",
                "--mount=type=tmpfs,target=/opt/o ",
            )
        )
    )
    if draw(st.integers(0, 9)) == 0:
        return [f"RUN {mount}<<EOF", *body, "EOF"]
    if draw(st.integers(0, 9)) == 0 and "\n" not in body[0]:
        return [f"RUN {mount}{body[0]}"]
    joined = draw(st.sampled_from((" ; ", " && ", "; \\\n    "))).join(body)
    return [f"RUN {mount}{joined} {draw(st.sampled_from(('; true', '|| true', '; true', '; true', '')))}".rstrip()]
