"""``vartask verify`` against a real engine: what is seen, what is not, and that nothing stays behind."""

from __future__ import annotations

import inspect
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from built_images.dockerfiles import BASE
from built_images.engine import Engine
from container_runs import FINE, command, image_of, verdicts, verify
from vartask.verify.probe.main import end_after

FIXTURES = Path(__file__).parents[2] / "fixtures"

FAULTS = {
    "fine": FINE,
    "hangs": "import time\ntime.sleep(600)\n",
    "forks": "import os, time\nfor _ in range(40):\n    if os.fork() == 0:\n        time.sleep(600)\n" + FINE,
    "eats": "data = []\nwhile True:\n    data.append(bytearray(10 * 1024 * 1024))\n",
    "prints": "print('x' * 100_000_000)\n" + FINE,
    "exits": "import os\nos._exit(3)\n",
    "closes": "import os\nos.close(1)\nos.close(2)\n" + FINE,
    "connects": "import urllib.request\nurllib.request.urlopen('http://192.0.2.1', timeout=2)\n",
    "writes": "open('/var/task/made.txt', 'w')\n",
    "imports": "import no_such_module\n",
    "last": FINE,
}
EXPECTED = {
    "fine": ("ok", None),
    "hangs": ("timeout", "init took longer than 3 s"),
    "forks": ("ok", None),
    "eats": ("killed", "Runtime.ExitError: Runtime exited with error: signal: killed"),
    "prints": ("ok", None),
    "exits": ("exited", "Runtime.ExitError: Runtime exited with error: exit status 3"),
    "closes": ("ok", None),
    "connects": ("init error", "URLError: <urlopen error [Errno 101] Network is unreachable>"),
    "writes": ("init error", "OSError: [Errno 30] Read-only file system: '/var/task/made.txt'"),
    "imports": (
        "init error",
        "Runtime.ImportModuleError: Unable to import module 'imports': No module named 'no_such_module'",
    ),
    "last": ("ok", None),
}


def test_every_fault_has_its_own_verdict_and_the_others_theirs(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, FAULTS)
    code, found, _ = verify(clean, tmp_path, "--timeout", "3", "--memory", "256")
    assert verdicts(found) == EXPECTED
    assert code == 1
    printed = next(one["output"] for one in found["images"][0]["functions"] if one["name"] == "Prints")
    assert "bytes left out" in printed
    assert len(printed) < 100_000
    assert found["images"][0]["uid"] == 993


@pytest.mark.parametrize("fixture", ["image-handler-not-copied/failing", "image-handler-not-copied/mended"])
def test_what_is_seen_in_a_fixtures_images_is_what_was_predicted(clean: Engine, tmp_path: Path, fixture: str) -> None:
    shutil.copytree(FIXTURES / fixture, tmp_path, dirs_exist_ok=True)
    dockerfile = tmp_path / "services/api/Dockerfile"
    # The engine is offline: its one base image, and nothing that pip would fetch.
    lines = [line for line in dockerfile.read_text().splitlines() if not line.startswith("RUN pip")]
    dockerfile.write_text("\n".join(lines).replace("python:3.12", "python:3.11") + "\n")
    code, found, errors = verify(clean, tmp_path)
    assert found["drift"] == []
    broken = {name for name, (verdict, _) in verdicts(found).items() if verdict != "ok"}
    assert (code, bool(broken)) == ((1, True) if fixture.endswith("failing") else (0, False)), errors


def test_an_image_of_other_files_is_drift_and_judged_as_it_is(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": FINE})
    other = tmp_path / "other"
    other.mkdir()
    image_of(other, {"other": FINE})
    clean.docker("build", "-q", "--network", "none", "-t", "vartask-test-other", str(other))
    try:
        code, found, _ = verify(clean, tmp_path, "--image", "vartask-test-other", "--function", "App")
    finally:
        clean.docker("rmi", "-f", "vartask-test-other")
    assert code == 1
    assert {(one["kind"], one["subject"]) for one in found["drift"]} == {
        ("missing", "/var/task/app.py"),
        ("extra", "/var/task/other.py"),
    }
    # On the files that are there, the failure is what the rules foretell.
    codes = {one["code"] for one in found["findings"]}
    assert codes == {"VT003", "VT101"}


def test_events_are_answered_by_the_images_own_runtime(clean: Engine, tmp_path: Path) -> None:
    code = "def handler(event, context):\n    if 'fail' in event:\n        raise KeyError('fail')\n    return {'statusCode': 201}\n"
    image_of(tmp_path, {"app": code})
    (tmp_path / "good.json").write_text("{}")
    (tmp_path / "bad.json").write_text('{"fail": true}')
    status, found, _ = verify(clean, tmp_path, "--event", "good.json", "--event", "bad.json")
    answers = found["images"][0]["functions"][0]["events"]
    assert [(one["event"], one["status"], one["error"]) for one in answers] == [
        ("good.json", 201, None),
        ("bad.json", None, "KeyError: 'fail'"),
    ]
    assert status == 1


def test_a_zip_package_runs_on_the_runtimes_image(clean: Engine, tmp_path: Path) -> None:
    text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  App:\n    Type: AWS::Serverless::Function\n"
    text += "    Properties: {Runtime: python3.11, CodeUri: src, Handler: app.handler}\n"
    (tmp_path / "template.yaml").write_text(text)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text(FINE)
    code, found, _ = verify(clean, tmp_path, "--artifact", "src")
    assert (code, verdicts(found), found["drift"]) == (0, {"app": ("ok", None)}, [])


def test_an_image_without_python_says_so(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": FINE}, base="scratch")
    code, found, _ = verify(clean, tmp_path)
    assert code == 1
    assert found["images"][0]["error"] == "the image has no Python that could be started"
    assert verdicts(found)["app"][0] == "not reached"


def test_a_build_that_fails_is_told_in_the_builders_words(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": FINE}, "RUN exit 7")
    code, found, _ = verify(clean, tmp_path)
    assert code == 1
    assert "exit code: 7" in found["images"][0]["error"]


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_nothing_stays_behind_when_it_is_interrupted(clean: Engine, tmp_path: Path, way: signal.Signals) -> None:
    image_of(tmp_path, {"hangs": FAULTS["hangs"]})
    words, environment = command(clean, "--timeout", "100")
    process = subprocess.Popen(words, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(600):
        if clean.docker("ps", "-q", "--filter", "label=vartask.verify=1").stdout.strip():
            break
        time.sleep(0.1)
    process.send_signal(way)
    process.communicate(timeout=60)


def test_without_an_engine_there_is_one_line(tmp_path: Path) -> None:
    image_of(tmp_path, {"app": FINE})
    words = [sys.executable, "-m", "vartask", "verify"]
    environment = {"PATH": str(tmp_path), "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "vartask: no container engine: install docker, podman, nerdctl or finch, or name one by --engine\n"
    )


def test_a_probe_whose_time_is_over_ends_its_container(clean: Engine) -> None:
    source = f"import os, signal, time\n{inspect.getsource(end_after)}\nend_after(1)\ntime.sleep(60)\n"
    words = ["run", "--rm", "--network", "none", "--entrypoint", "/var/lang/bin/python3", BASE, "-c", source]
    assert clean.docker(*words, check=False).returncode == 1
