"""What goes wrong around a function: its limits, its image's machine, the engine itself; each has its own verdict."""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from built_images.dockerfiles import BASE
from built_images.engine import Engine
from container_runs import FINE, OPTIONS, answers, command, image_of, told, verdicts, verify

SAM = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
KILLED = "Runtime.ExitError: Runtime exited with error: signal: killed"
EATS = "data = bytearray(160 * 1024 * 1024)\nfor at in range(0, len(data), 4096):\n    data[at] = 1\nimport time\ntime.sleep(0.3)\n"


def functions_of(directory: Path, properties: dict[str, tuple[str, str]], *lines: str) -> None:
    """A SAM project with one image: module name -> the function's properties as YAML, and the module's code."""
    text = SAM
    for name, (declared, _) in properties.items():
        text += f"  {name.title()}:\n    Type: AWS::Serverless::Function\n    Metadata: {{Dockerfile: Dockerfile, DockerContext: .}}\n"
        text += f"    Properties: {{PackageType: Image, {declared}, ImageConfig: {{Command: [{name}.handler]}}}}\n"
    (directory / "template.yaml").write_text(text)
    (directory / "Dockerfile").write_text("\n".join([f"FROM {BASE}", *lines, "COPY *.py ./"]) + "\n")
    for name, (_, code) in properties.items():
        (directory / f"{name}.py").write_text(code)


# -- limits -----------------------------------------------------------------------------------------


def test_each_function_of_an_image_has_its_own_memory(clean: Engine, tmp_path: Path) -> None:
    size = "import os\nprint('it has', os.environ['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'])\n"
    forks = "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        time.sleep(60)\n"
    functions_of(
        tmp_path,
        {
            "small": ("MemorySize: 128", size + EATS + FINE),
            "large": ("MemorySize: 512", size + EATS + FINE),
            # Four children share their parent's pages: together they use little more than one.
            "shares": ("MemorySize: 256", EATS + forks + FINE),
            "last": ("MemorySize: 128", FINE),
        },
    )
    code, found, errors = verify(clean, tmp_path)
    assert verdicts(found) == {
        "small": ("killed", KILLED),
        "large": ("ok", None),
        "shares": ("ok", None),
        "last": ("ok", None),
    }, errors
    assert ["it has 128" in told(found)["Small"]["output"], "it has 512" in told(found)["Large"]["output"]] == [
        True
    ] * 2
    assert code == 1


def test_memory_that_nobody_declares_leaves_a_doubt(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": EATS.replace("160", "700") + FINE})
    (tmp_path / "template.yaml").unlink()
    (tmp_path / "Dockerfile").write_text(f'FROM {BASE}\nCOPY app.py ./\nCMD ["app.handler"]\n')
    code, found, _ = verify(clean, tmp_path)
    (one,) = told(found).values()
    assert (one["verdict"], found["findings"]) == ("killed", [])
    assert any("its memory is not known here: it had 512 MiB" in gap["reason"] for gap in found["gaps"])
    assert code == 0
    (tmp_path / "Dockerfile").write_text(f'FROM {BASE}\nCOPY app.py ./\nCMD ["app.handler"]\n')
    code, found, _ = verify(clean, tmp_path, "--memory", "256")
    assert (code, [one["verdict"] for one in told(found).values()]) == (1, ["killed"])


def test_each_function_has_its_own_room_in_tmp_which_is_no_memory(clean: Engine, tmp_path: Path) -> None:
    fills = (
        "with open('/tmp/x', 'wb') as file:\n    for _ in range(150):\n        file.write(bytes(1024 * 1024))\n" + FINE
    )
    functions_of(
        tmp_path,
        {
            "little": ("MemorySize: 128, EphemeralStorage: {Size: 100}", fills),
            "enough": ("MemorySize: 128, EphemeralStorage: {Size: 200}", fills),
        },
    )
    code, found, _ = verify(clean, tmp_path)
    assert verdicts(found) == {
        "little": ("init error", "OSError: [Errno 28] No space left on device"),
        "enough": ("ok", None),
    }
    assert code == 1


def test_an_event_has_the_functions_own_timeout(clean: Engine, tmp_path: Path) -> None:
    waits = "import time\ndef handler(event, context):\n    time.sleep(1.6)\n    return 1\n"
    functions_of(tmp_path, {"short": ("Timeout: 1", waits), "long": ("Timeout: 30", waits)})
    code, found, _ = verify(clean, tmp_path, "--event", "scheduled")
    assert answers(found, "Short") == [("scheduled", None, "Sandbox.Timedout: Task timed out after 1.00 seconds")]
    assert answers(found, "Long") == [("scheduled", None, None)]
    assert code == 1


def test_init_may_take_longer_than_the_timeout_of_an_invocation(clean: Engine, tmp_path: Path) -> None:
    functions_of(tmp_path, {"app": ("Timeout: 1", "import time\ntime.sleep(1.6)\n" + FINE)})
    code, found, _ = verify(clean, tmp_path, "--event", "scheduled")
    assert (code, verdicts(found)) == (0, {"app": ("ok", None)})


@pytest.mark.parametrize(("option", "value"), [("--memory", "0"), ("--timeout", "-1"), ("--timeout", "nan")])
def test_limits_that_are_none_are_refused_in_one_line(clean: Engine, tmp_path: Path, option: str, value: str) -> None:
    image_of(tmp_path, {"app": FINE})
    code, _, errors = verify(clean, tmp_path, f"{option}={value}")
    assert (code, errors) == (2, f"vartask: {option} {value}: it must be more than 0\n")


# -- another machine --------------------------------------------------------------------------------


def aarch64() -> bytes:
    """An executable of another machine: the header and one empty segment (elf(5); machine 183 is EM_AARCH64)."""
    ident = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8)
    header = struct.pack("<HHIQQQIHHHHHH", 2, 183, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return ident + header + struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 120, 120, 0x1000)


FOREIGN = (
    "the image is for arm64, docker runs on x86_64: install emulation by"
    " `docker run --privileged --rm tonistiigi/binfmt --install arm64`"
)


def arm(directory: Path, *lines: str) -> None:
    image_of(directory, {"app": FINE})
    (directory / "python3").write_bytes(aarch64())
    (directory / "python3").chmod(0o755)
    text = (
        (directory / "template.yaml")
        .read_text()
        .replace("PackageType: Image,", "PackageType: Image, Architectures: [arm64],")
    )
    (directory / "template.yaml").write_text(text)
    head = ("FROM scratch", "COPY python3 /var/lang/bin/python3", "COPY app.py /var/task/", "WORKDIR /var/task")
    tail = ('ENTRYPOINT ["/var/lang/bin/python3", "-m", "awslambdaric"]', 'CMD ["app.handler"]')
    (directory / "Dockerfile").write_text("\n".join([*head, *lines, *tail]) + "\n")


@pytest.mark.parametrize("lines", [(), ('RUN ["/var/lang/bin/python3", "-V"]',)])
def test_an_image_for_another_machine_is_no_failure_of_its_functions(
    clean: Engine, tmp_path: Path, lines: tuple[str, ...]
) -> None:
    """Whether it is the build that cannot run a program of the image, or the probe."""
    arm(tmp_path, *lines)
    code, found, _ = verify(clean, tmp_path)
    assert verdicts(found) == {"app": ("wrong architecture", FOREIGN)}
    assert (found["findings"], found["drift"], code) == ([], [], 1)
    assert [gap["reason"] for gap in found["gaps"] if FOREIGN in gap["reason"]]


def test_what_is_no_program_at_all_is_not_blamed_on_the_machine(clean: Engine, tmp_path: Path) -> None:
    arm(tmp_path)
    text = (tmp_path / "template.yaml").read_text().replace("Architectures: [arm64],", "")
    (tmp_path / "template.yaml").write_text(text)
    _, found, _ = verify(clean, tmp_path)
    assert "no Python that could be started" in found["images"][0]["error"]


# -- the Python of an image -------------------------------------------------------------------------


def test_a_python_at_an_odd_place_of_an_image_without_a_shell_is_found(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": FINE})
    (tmp_path / "Dockerfile").write_text(
        dedent(f"""\
        FROM {BASE} AS base
        RUN mkdir -p /empty/tmp && ln -s /odd/place/bin/python3 /empty/start && ln -s usr/lib /empty/lib
        FROM scratch
        COPY --from=base /var/lang /odd/place
        COPY --from=base /var/runtime /client
        COPY --from=base /usr/lib /usr/lib
        COPY --from=base /lib64/ /lib64/
        COPY --from=base /empty/ /
        ENV PYTHONPATH=/client LD_LIBRARY_PATH=/odd/place/lib:/usr/lib/x86_64-linux-gnu
        WORKDIR /work
        COPY app.py ./
        ENTRYPOINT ["/start", "-m", "awslambdaric"]
        """)
    )
    code, found, errors = verify(clean, tmp_path)
    assert (code, verdicts(found)) == (0, {"app": ("ok", None)}), errors


def test_a_python_that_is_too_old_is_named(clean: Engine, tmp_path: Path) -> None:
    old = """\
        #!/var/lang/bin/real
        import sys
        sys.version_info = (2, 7, 18, "final", 0)
        exec(sys.argv[sys.argv.index("-c") + 1])
        """
    place = "cd /var/lang/bin && mv python3.11 real && mv /usr/bin/old python3 && ln -sf python3 python"
    image_of(tmp_path, {"app": FINE}, "COPY old /usr/bin/old", f"RUN {place}")
    (tmp_path / "old").write_text(dedent(old))
    (tmp_path / "old").chmod(0o755)
    code, found, _ = verify(clean, tmp_path)
    assert found["images"][0]["error"] == "the Python of the image is 2.7.18: the probe needs Python 3.7 or later"
    assert (code, verdicts(found)["app"][0]) == (1, "not reached")


# -- the engine and the host ------------------------------------------------------------------------


def run(directory: Path, environment: dict[str, str], *words: str) -> tuple[int, str]:
    call = [sys.executable, "-m", "vartask", "verify", *OPTIONS, *words]
    done = subprocess.run(
        call, env=environment, cwd=directory, capture_output=True, text=True, timeout=200, check=False
    )
    return done.returncode, done.stderr


def wrapped(directory: Path, engine: Engine, script: str) -> dict[str, str]:
    """An environment in which ``docker`` is a script."""
    (directory / "bin").mkdir()
    (directory / "bin/docker").write_text(f"#!/bin/sh\n{script}\n")
    (directory / "bin/docker").chmod(0o755)
    return {**engine.environment, "PATH": f"{directory / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def test_an_engine_that_one_may_not_use_says_so(clean: Engine, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    image_of(tmp_path / "p", {"app": FINE})
    environment = wrapped(
        tmp_path, clean, f'exec setpriv --reuid=65534 --regid=65534 --clear-groups {clean.client} "$@"'
    )
    code, errors = run(tmp_path / "p", {**environment, "DOCKER_CONFIG": str(tmp_path)}, "--engine", "docker")
    assert code == 2
    assert errors.startswith(
        "vartask: docker is installed but does not answer (docker version: permission denied while"
    )
    assert errors.endswith("start it, or name another --engine\n")
    assert errors.count("\n") == 1


def test_a_full_disk_is_told_in_one_line(clean: Engine, tmp_path: Path) -> None:
    source, small = tmp_path / "p", tmp_path / "small"
    (source / "src").mkdir(parents=True)
    small.mkdir()
    text = SAM + "  App:\n    Type: AWS::Serverless::Function\n"
    text += "    Properties: {Runtime: python3.11, CodeUri: src, Handler: app.handler}\n"
    (source / "template.yaml").write_text(text)
    (source / "src/app.py").write_text(FINE)
    (source / "src/big.bin").write_bytes(bytes(4_000_000))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)], check=True)
    try:
        words, environment = command(clean, "--artifact", "src")
        done = subprocess.run(
            words, env={**environment, "TMPDIR": str(small)}, cwd=source, capture_output=True, text=True, check=False
        )
        kept = list(small.iterdir())
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert done.stderr.count("Traceback") == 0
    found = json.loads(done.stdout)
    assert "No space left on device" in found["images"][0]["error"]
    assert (done.returncode, verdicts(found)["app"][0], kept) == (1, "not reached", [])


@pytest.fixture
def own_engine(engine: Engine) -> Iterator[Engine]:
    """A daemon of this test's own, with the base image; nothing of it is left."""
    directory = Path(f"/tmp/vt-engine-{os.getpid()}")  # noqa: S108 - short: a socket's name has 108 bytes at most
    directory.mkdir()
    suite = (engine.directory / "suite").read_text().strip()
    for name in ("sid", "trixie"):
        (directory / name).symlink_to(engine.directory / suite)
    script = Path(__file__).parents[2] / "scripts/engine"
    environment = {**os.environ, "ENGINE": str(directory)}
    try:
        subprocess.run([script, "start"], env=environment, check=True, capture_output=True, timeout=120)
        own = Engine(directory)
        with subprocess.Popen([engine.client, "save", BASE], env=engine.environment, stdout=subprocess.PIPE) as saved:
            subprocess.run(
                [own.client, "load"], env=own.environment, stdin=saved.stdout, check=True, capture_output=True
            )
        yield own
    finally:
        for pid in _of(directory):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.5)
        for line in reversed(Path("/proc/mounts").read_text().splitlines()):
            if line.split()[1].startswith(f"{directory}/"):
                subprocess.run(["umount", "-l", line.split()[1]], check=False)
        shutil.rmtree(directory, ignore_errors=True)


def _of(directory: Path) -> Iterator[int]:
    """The processes that have the engine's directory on their command line: the daemon, containerd and its shims."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(directory).encode() in words:
                yield int(entry.name)


def test_an_engine_that_is_killed_takes_no_verdict_with_it(own_engine: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"fine": FINE, "hangs": "import time\ntime.sleep(600)\n" + FINE, "last": FINE})
    words, environment = command(own_engine, "--timeout", "50")
    process = subprocess.Popen(words, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(600):
        if own_engine.docker("ps", "-q").stdout.strip():
            break
        time.sleep(0.1)
    time.sleep(4)
    os.kill(int((own_engine.directory / "pid").read_text()), signal.SIGKILL)
    output, _ = process.communicate(timeout=90)
    found: dict[str, Any] = json.loads(output)
    seen = verdicts(found)
    assert {name: verdict for name, (verdict, _) in seen.items()} == {
        "fine": "ok",
        "hangs": "not reached",
        "last": "not reached",
    }
    assert "the engine ended or does not answer any more" in found["images"][0]["error"]
    assert (process.returncode, found["findings"]) == (1, [])
