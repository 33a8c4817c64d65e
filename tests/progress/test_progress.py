from __future__ import annotations

import io
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from terminals import Terminal
from vartask.progress import shown
from vartask.progress.lines import Lines

RUN = """
import sys, time
from vartask.progress import shown
with shown(sys.stderr, color=not {plain}) as progress:
    one = progress.image({label!r}, 3)
    one.building()
    time.sleep(0.3)
    other = progress.image("b", 1)
    for name in ("First", "Second", "Third"):
        one.started(name)
        time.sleep({pause})
    one.done()
    other.done()
    time.sleep(0.2)
"""
LONG = "/home/somebody/projects/a-service-with-a-long-name/deployment/production/services/api/Dockerfile"


def script(label: str = "services/api/Dockerfile", *, pause: float = 0.25, plain: bool = False) -> list[str]:
    return [sys.executable, "-c", RUN.format(label=label, pause=pause, plain=plain)]


def source() -> dict[str, str]:
    import vartask

    return {"PYTHONPATH": str(Path(vartask.__file__).parents[1])}


def test_a_terminal_has_a_bar_for_each_image_and_is_empty_afterwards() -> None:
    terminal = Terminal()
    assert terminal.run(script(), environment=source()) == 0
    for phase in ("building", "1 of 3 First", "2 of 3 Second", "3 of 3 Third", "done"):
        row = next(line for screen in terminal.seen for line in screen if phase in line)
        assert "services/api/Dockerfile" in row
        assert "━" in row
        assert ":0" in row, "the time that it has taken"
    both = [screen for screen in terminal.seen if sum("━" in line for line in screen) == 2]
    assert both, "two images are on their way at the same time"
    assert terminal.lines == []
    assert not terminal.screen.cursor.hidden


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_long_name_is_cut_at_its_beginning_and_no_row_is_wrapped(columns: int) -> None:
    terminal = Terminal(columns)
    assert terminal.run(script(LONG), environment=source()) == 0
    rows = [[line for line in screen if line] for screen in terminal.seen]
    assert max(map(len, rows)) == 2
    assert any(one.split()[1].startswith("…") and one.split()[1].endswith("file") for one, *_ in filter(None, rows))


def test_a_name_cannot_steer_the_terminal() -> None:
    terminal = Terminal()
    assert terminal.run(script("a\x1b[2Jb[red]c"), environment=source()) == 0
    assert terminal.ever(r"a\x1b[2Jb[red]c")


def test_colours_are_for_those_who_wish_them() -> None:
    colored, plain = Terminal(), Terminal()
    colored.run(script(), environment=source())
    plain.run(script(plain=True), environment=source())
    assert b"\x1b[38" in colored.raw or b"\x1b[32" in colored.raw
    assert b"\x1b[3" not in plain.raw
    assert plain.ever("2 of 3 Second")


@pytest.mark.parametrize("variable", [("CI", "true"), ("TERM", "dumb")])
def test_a_log_gets_plain_lines_even_if_it_calls_itself_a_terminal(variable: tuple[str, str]) -> None:
    terminal = Terminal()
    assert terminal.run(script(), environment={**source(), variable[0]: variable[1]}) == 0
    assert b"\x1b" not in terminal.raw
    assert terminal.lines == [
        "vartask: services/api/Dockerfile: building",
        "vartask: services/api/Dockerfile: First",
        "vartask: services/api/Dockerfile: Second",
        "vartask: services/api/Dockerfile: Third",
    ]


def test_an_interruption_leaves_the_terminal_as_it_was() -> None:
    terminal = Terminal(rows=60)
    terminal.run(script(pause=30), environment=source(), interrupt_at="1 of 3 First")
    assert not terminal.screen.cursor.hidden
    assert not any("━" in line for line in terminal.lines)


def test_bars_of_more_images_than_a_screen_has_rows_give_way() -> None:
    code = """
import sys, time
from vartask.progress import shown
with shown(sys.stderr, color=False) as progress:
    for number in range(30):
        image = progress.image(f"image{number}", 1)
        image.started("F")
        time.sleep(0.02)
        image.done()
    time.sleep(0.3)
"""
    terminal = Terminal(rows=24)
    assert terminal.run([sys.executable, "-c", code], environment=source()) == 0
    assert max(sum("image" in line for line in screen) for screen in terminal.seen) <= 11
    assert terminal.ever("image29")


def test_a_pipe_gets_plain_lines() -> None:
    done = subprocess.run(script("a\nb", pause=0), env=source(), capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[:2] == [r"vartask: a\nb: building", r"vartask: a\nb: First"]


def test_rich_is_not_even_imported_for_a_pipe() -> None:
    code = "import sys\nfrom vartask.progress import shown\nwith shown(sys.stderr, color=False) as p: p.image('a', 1).done()"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint('rich' in sys.modules)"],
        env=source(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"


def test_lines_of_several_threads_stay_whole() -> None:
    stream = io.StringIO()
    with shown(stream, color=False) as progress:
        threads = [threading.Thread(target=progress.image(f"i{n}", 1).started, args=("F" * 50,)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert isinstance(progress, Lines)
    assert sorted(stream.getvalue().splitlines()) == sorted(f"vartask: i{n}: {'F' * 50}" for n in range(20))
