"""Files and directories that init makes: the texts are those of CPython 3.9 and 3.13 on a file system that is read-only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from deployments import deployed, write
from vartask.config import Settings
from vartask.engine import check
from vartask.imports.words import raised_message
from vartask.model import Report, Span, UnknownRegion
from vartask.project import Project

HANDLER = "\n\ndef handler(event, context):\n    return {}\n"
THERE = {"there/f.txt": "x"}
OS = "import os\n"
PATH = "from pathlib import Path\n"
HERE = OS + "HERE = os.path.dirname(os.path.abspath(__file__))\n"
READ_ONLY = "OSError: [Errno 30] Read-only file system: "
MISSING = "FileNotFoundError: [Errno 2] No such file or directory: "

REFUSED: Mapping[str, tuple[str, str]] = {
    "a directory": (OS + "os.mkdir('logs')", READ_ONLY + "'logs'"),
    "a directory that may be there": (OS + "os.makedirs('logs', exist_ok=True)", READ_ONLY + "'logs'"),
    "the first of several": (OS + "os.makedirs('a/b/c', exist_ok=True)", READ_ONLY + "'a'"),
    "the first that is not there": (OS + "os.makedirs('there/b/c')", READ_ONLY + "'there/b'"),
    "below one that is not there": (OS + "os.mkdir('a/b')", MISSING + "'a/b'"),
    "beside the module": (HERE + "os.makedirs(os.path.join(HERE, 'logs'))", READ_ONLY + "'/var/task/logs'"),
    "by its full name": (OS + "os.mkdir('/var/task/logs')", READ_ONLY + "'/var/task/logs'"),
    "by a name of its own": ("from os import makedirs as make\nmake('logs')", READ_ONLY + "'logs'"),
    "by pathlib": (PATH + "Path('logs').mkdir(exist_ok=True)", READ_ONLY + "'logs'"),
    "by pathlib with its parents": (PATH + "D = Path('a')\n(D / 'b').mkdir(parents=True)", READ_ONLY + "'a'"),
    "by pathlib without them": (PATH + "Path('a/b').mkdir()", MISSING + "'a/b'"),
    "a file": ("open('x.log', 'w')", READ_ONLY + "'x.log'"),
    "a file that is continued": ("with open('x.log', mode='ab') as f:\n    pass", READ_ONLY + "'x.log'"),
    "a file that is there": ("open('there/f.txt', 'w')", READ_ONLY + "'there/f.txt'"),
    "a file in no directory": ("open('logs/x.log', 'w')", MISSING + "'logs/x.log'"),
    "text by pathlib": (PATH + "Path('x').write_text('1')", READ_ONLY + "'x'"),
    "a touch": (PATH + "Path('there/f.txt').touch()", READ_ONLY + "'there/f.txt'"),
    "a log": ("import logging\nlogging.FileHandler('app.log')", READ_ONLY + "'/var/task/app.log'"),
    "a log in no directory": (
        "from logging.handlers import RotatingFileHandler\nRotatingFileHandler('logs/app.log', maxBytes=9)",
        MISSING + "'/var/task/logs/app.log'",
    ),
    "where it was asked for": (OS + "if not os.path.exists('logs'):\n    os.mkdir('logs')", READ_ONLY + "'logs'"),
    "where pathlib was asked": (PATH + "D = Path('logs')\nif not D.is_dir():\n    D.mkdir()", READ_ONLY + "'logs'"),
    "where something else is caught": (
        OS + "try:\n    os.mkdir('logs')\nexcept FileExistsError:\n    pass",
        READ_ONLY + "'logs'",
    ),
}

WORKS: Mapping[str, str] = {
    "below /tmp": OS + "os.makedirs('/tmp/a/b')\nopen('/tmp/x', 'w')",
    "on a mounted file system": OS + "os.makedirs('/mnt/data/x', exist_ok=True)",
    "at home": OS + "os.makedirs(os.path.expanduser('~/.app'), exist_ok=True)",
    "nowhere": "open('/dev/null', 'w')",
    "a directory that is there": OS + "os.makedirs('there', exist_ok=True)",
    "a directory that is there, by pathlib": PATH + "Path('there').mkdir(parents=True, exist_ok=True)",
    "where it was asked for": OS + "if not os.path.isdir('there'):\n    os.mkdir('there')",
    "where it is not there": OS + "if os.path.exists('logs'):\n    open('logs/x', 'w')",
    "caught": OS + "try:\n    os.mkdir('logs')\nexcept OSError:\n    pass",
    "suppressed": OS + "import contextlib\nwith contextlib.suppress(OSError):\n    os.mkdir('logs')",
    "a path that is computed": OS + "import sys\nos.makedirs(sys.argv[0] + 'x')",
    "a path for Lambda": OS + "D = 'logs'\nif os.getenv('AWS_LAMBDA_FUNCTION_NAME'):\n    D = '/tmp/logs'\nos.mkdir(D)",
    "not on Lambda": OS + "if 'AWS_LAMBDA_FUNCTION_NAME' not in os.environ:\n    os.mkdir('logs')",
    "from another directory": OS + "os.chdir('/tmp')\nos.mkdir('logs')\nopen('x', 'w')",
    "in a function": OS + "def f():\n    os.mkdir('logs')",
    "a log that is opened late": "import logging\nlogging.FileHandler('app.log', delay=True)",
    "a log that the runtime's own stands before": "import logging\nlogging.basicConfig(filename='app.log')",
    "another open": "def open(path, mode):\n    return path\nopen('x', 'w')",
    "an object's own": "class Disk:\n    def mkdir(self):\n        pass\ndisk = Disk()\ndisk.mkdir()",
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_nobody_can_write_ends_init(tmp_path: Path, case: str) -> None:
    code, message = REFUSED[case]
    deployment = deployed(tmp_path, {"app.py": code + HANDLER, **THERE})
    assert [raised_message(deployment, item) for item in deployment.raised] == [message]
    assert {item.kind for item in deployment.raised} == {"write"}


@pytest.mark.parametrize("case", WORKS)
def test_what_can_be_written_or_is_caught_is_clean(tmp_path: Path, case: str) -> None:
    deployment = deployed(tmp_path, {"app.py": WORKS[case] + HANDLER, **THERE})
    assert (deployment.raised, deployment.gaps) == ((), ())


def test_a_file_that_perhaps_is_made_is_a_gap(tmp_path: Path) -> None:
    code = OS + "if os.environ.get('VERBOSE'):\n    os.mkdir('logs')"
    deployment = deployed(tmp_path, {"app.py": code + HANDLER})
    assert [gap.reason for gap in deployment.gaps] == [
        "making `/var/task/logs` fails, but only where a condition holds that is not known"
    ]
    assert deployment.raised == ()


def test_a_directory_that_something_may_have_made_is_not_judged(tmp_path: Path) -> None:
    region = UnknownRegion("/var/task", "a build step makes it", Span("template.yaml", 1))
    files = {"app.py": OS + "os.makedirs('logs', exist_ok=True)" + HANDLER}
    assert deployed(tmp_path, files, regions=(region,)).raised == ()
    files = {"app.py": "open('app.log', 'w')" + HANDLER}
    assert len(deployed(tmp_path, files, regions=(region,)).raised) == 1


@pytest.mark.parametrize(
    ("code", "ignored"),
    [
        ("import os\nos.makedirs('logs', exist_ok=True)", "logs"),
        ("import os\nif not os.path.exists('logs'):\n    os.mkdir('logs')", "logs"),
        ("open('logs/x', 'w')", "logs/x"),
        ("x = open('secret.json')", "secret.json"),
    ],
)
def test_what_git_ignores_may_be_there(tmp_path: Path, code: str, ignored: str) -> None:
    deployment = deployed(tmp_path, {"app.py": code + HANDLER, ".gitignore": "logs/\nsecret.json\n"})
    assert deployment.raised == ()
    assert [gap.reason for gap in deployment.gaps] == [f"git ignores `{ignored}`: cannot tell whether it is packaged"]


# -- in images -------------------------------------------------------------------------------------

AWS = "FROM public.ecr.aws/lambda/python:3.12\n"
OWN = 'FROM python:3.12\nWORKDIR /app\nRUN pip install awslambdaric\nENTRYPOINT ["python", "-m", "awslambdaric"]\n'


def image(directory: Path, dockerfile: str, code: str) -> Report:
    write(
        directory,
        {
            "Dockerfile": f'{dockerfile}COPY app.py config.json ./\nCMD ["app.handler"]\n',
            "config.json": "{}",
            "app.py": code + HANDLER,
        },
    )
    return check(Project(directory), Settings())


def test_a_directory_of_the_image_is_there(tmp_path: Path) -> None:
    code = OS + "os.makedirs('logs', exist_ok=True)"
    assert [finding.code for finding in image(tmp_path, AWS, code).findings] == ["VT213"]
    assert image(tmp_path, AWS + "RUN mkdir logs\n", code).findings == ()


def test_the_working_directory_is_the_images(tmp_path: Path) -> None:
    assert image(tmp_path, OWN, OS + "open(os.path.join(os.getcwd(), 'config.json'))").findings == ()
    (finding,) = image(tmp_path, OWN, OS + "os.mkdir('logs')").findings
    assert finding.message == "`app` makes `/app/logs`, where nothing can be written, when it is imported"
    assert finding.runtime_message == READ_ONLY + "'logs'"


@pytest.mark.parametrize(
    "code",
    [
        "open('s3://bucket/key')",
        "from smart_open import open\nopen('key')\nopen('x', 'w')",
        "from cloudpathlib import AnyPath as Path\nPath('x').mkdir()\nPath('y').read_text()",
        "import os\nos.chdir('/tmp')\nopen('x.json')",
        "import os\nC = 'dev.json'\nif os.getenv('AWS_LAMBDA_FUNCTION_NAME'):\n    C = 'config.json'\nopen(C)",
        "C = 'dev.json'\ndef choose():\n    global C\n    C = 'config.json'\nchoose()\nopen(C)",
    ],
)
def test_what_is_opened_elsewhere_is_not_judged(tmp_path: Path, code: str) -> None:
    found = image(tmp_path, AWS + "RUN pip install smart-open cloudpathlib\n", code)
    assert [finding.code for finding in found.findings] == []
