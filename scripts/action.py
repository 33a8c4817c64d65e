"""The steps of ``action.yml``: the static pass, the container pass, the comments, and the verdict.

    python scripts/action.py check | verify | comment | verdict

Everything comes from environment variables: the action's inputs as ``VARTASK_…``, and what GitHub sets
(https://docs.github.com/en/actions/reference/workflows-and-actions/variables).
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

CLEAN, FINDINGS, REFUSED = 0, 1, 2
ENGINES = ("docker", "podman", "nerdctl", "finch")


def main() -> int:
    """Run the step that is named."""
    steps = {"check": check, "verify": verify, "comment": comment, "verdict": verdict}
    return steps[sys.argv[1]]()


def check() -> int:
    """The static pass, whose exit code is an output: the reports are to be written whatever it says."""
    report, facts = kept("check.md"), kept("check.json")
    strict = ["--strict"] if switch("VARTASK_STRICT", ("true", "false")) == "true" else []
    sarif = os.environ.get("VARTASK_SARIF", "")
    reports = [f"markdown={report}", f"json={facts}", *([f"sarif={sarif}"] if sarif else [])]
    more = [*words("VARTASK_ARGS"), *words("VARTASK_CHECK_ARGS")]
    code = vartask("check", reports, [*strict, *more])
    publish(report, code)
    return 0


def verify() -> int:
    """The container pass, for the functions that nothing is known against."""
    mode = switch("VARTASK_VERIFY", ("auto", "true", "false"))
    why = reason_to_skip(mode)
    if why:
        notice(f"no container pass: {why}")
        return 0
    report = kept("verify.md")
    only = [f"--function={name}" for name in worth_starting()] if broken() else []
    code = vartask("verify", [f"markdown={report}"], [*only, *words("VARTASK_ARGS"), *words("VARTASK_VERIFY_ARGS")])
    if code == REFUSED and report.exists() and mode == "auto":
        # The pass ran, and there was nothing to start: packages that nobody has built, for example.
        warning("the container pass could look at no function: its report says why")
        code = CLEAN
    publish(report, code)
    return 0


def reason_to_skip(mode: str) -> str | None:
    """Why there is no container pass; ``None`` when there is one."""
    if mode == "false":
        return "it is turned off"
    if os.environ.get("VARTASK_CHECK_EXIT_CODE") not in {str(CLEAN), str(FINDINGS)}:
        return "the static pass did not come to its end"
    if not worth_starting():
        return "of every function it is known already that it fails"
    if mode == "auto" and not engine():
        return f"there is no container engine ({', '.join(ENGINES)})"
    return None


def worth_starting() -> list[str]:
    """The functions that no error is known of.  A name that two functions share selects neither."""
    facts = json.loads(kept("check.json").read_text(encoding="utf-8"))
    many = Counter(one["name"] for one in facts["functions"])
    return sorted(name for name, count in many.items() if count == 1 and name not in broken())


def broken() -> set[str]:
    """The functions of which the static pass has found an error."""
    facts = json.loads(kept("check.json").read_text(encoding="utf-8"))
    return {name for one in facts["findings"] if one["severity"] == "error" for name in one["functions"]}


def engine() -> bool:
    """Whether a container engine runs, or one is named."""
    if any(word.startswith("--engine") for word in [*words("VARTASK_ARGS"), *words("VARTASK_VERIFY_ARGS")]):
        return True
    return any(shutil.which(name) and quiet(name, "version") for name in ENGINES)


def quiet(*command: str) -> bool:
    """Whether a command succeeds."""
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def vartask(command: str, reports: list[str], arguments: list[str]) -> int:
    """Run one pass, with annotations in the log."""
    more = [word for one in reports for word in ("--report", one)]
    paths = words("VARTASK_PATHS")
    sys.stdout.flush()
    done = subprocess.run(
        [sys.executable, "-m", "vartask", command, "--output-format", "github", *more, *arguments, "--", *paths],
        check=False,
    )
    return done.returncode


def publish(report: Path, code: int) -> None:
    """Name the outputs, and show the report in the job's summary."""
    append("GITHUB_OUTPUT", f"exit-code={code}\n")
    if report.exists():
        append("GITHUB_OUTPUT", f"report={report}\n")
        append("GITHUB_STEP_SUMMARY", report.read_text(encoding="utf-8") + "\n")


def comment() -> int:
    """A comment on the pull request for each report, the one from before if there is one."""
    if switch("VARTASK_COMMENT", ("true", "false")) == "false":
        return 0
    number = pull_request()
    if number is None:
        notice("no comment: this run is not about a pull request")
        return 0
    try:
        before = comments(number)
        for name in ("VARTASK_CHECK_REPORT", "VARTASK_VERIFY_REPORT"):
            report = os.environ.get(name)
            if report:
                post(number, Path(report), before)
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip()
        # A pull request from a fork has a token that only reads: the report stands in the summary all the same.
        warning(f"no comment could be written (is the permission pull-requests: write there?): {said}")
    return 0


def pull_request() -> int | None:
    """The number of the pull request that the run is about."""
    path = os.environ.get("GITHUB_EVENT_PATH")
    event = json.loads(Path(path).read_text(encoding="utf-8")) if path and Path(path).exists() else {}
    number = event.get("pull_request", {}).get("number")
    return number if isinstance(number, int) else None


def comments(number: int) -> dict[str, int]:
    """The first line of each comment that a bot has written, and its id: nobody else's comment is touched."""
    query = '.[] | select(.user.type == "Bot") | [.id, (.body | split("\\n")[0])] | @json'
    listed = gh("--paginate", f"{issues()}/{number}/comments", "--jq", query)
    pairs = [json.loads(line) for line in listed.splitlines() if line.strip()]
    return {line.strip(): identity for identity, line in pairs}


def post(number: int, report: Path, before: dict[str, int]) -> None:
    """Update the comment that has the report's first line, or write one if there is something to say."""
    marker, _, rest = report.read_text(encoding="utf-8").partition("\n")
    known = before.get(marker)
    if known is not None:
        gh("--method", "PATCH", f"{issues()}/comments/{known}", "--field", f"body=@{report}")
    elif not rest.lstrip().startswith("## ✅"):
        gh("--method", "POST", f"{issues()}/{number}/comments", "--field", f"body=@{report}")


def issues() -> str:
    """Where GitHub keeps the comments of issues, and of pull requests."""
    return f"repos/{os.environ['GITHUB_REPOSITORY']}/issues"


def gh(*arguments: str) -> str:
    """What GitHub's own command answers."""
    done = subprocess.run(["gh", "api", *arguments], capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


def verdict() -> int:
    """The exit code of the job: both passes have been reported by now."""
    codes = [os.environ.get(f"VARTASK_{name}_EXIT_CODE", "") for name in ("CHECK", "VERIFY")]
    return next((int(code) for code in codes if code not in {"", str(CLEAN)}), CLEAN)


def words(name: str) -> list[str]:
    """An input's words, as a shell would split them."""
    try:
        return shlex.split(os.environ.get(name, ""))
    except ValueError as error:
        sys.exit(f"vartask: {name.removeprefix('VARTASK_').lower().replace('_', '-')}: {error}")


def switch(name: str, choices: tuple[str, ...]) -> str:
    """An input that is one of a few words."""
    value = os.environ.get(name, "").strip().lower() or choices[-1]
    if value not in choices:
        sys.exit(f"vartask: {name.removeprefix('VARTASK_').lower()}: {value!r} is none of {', '.join(choices)}")
    return value


def kept(name: str) -> Path:
    """A file that later steps read."""
    directory = Path(os.environ["RUNNER_TEMP"], "vartask")
    directory.mkdir(parents=True, exist_ok=True)
    return directory / name


def append(name: str, text: str) -> None:
    """Add to one of the files that GitHub reads after a step."""
    with Path(os.environ[name]).open("a", encoding="utf-8") as file:
        file.write(text)


def notice(text: str) -> None:
    """An annotation that nobody has to act on."""
    print(f"::notice title=vartask::{escaped(text)}")


def warning(text: str) -> None:
    """An annotation that somebody should look at."""
    print(f"::warning title=vartask::{escaped(text)}")


def escaped(text: str) -> str:
    """As the runner reads the text of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.exit(main())
