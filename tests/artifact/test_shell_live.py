"""What RUN lines do, against the shells and tools of this machine (GNU, as on Debian and Amazon Linux)."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live_shell import differences, doubts, predicted
from shell_scripts import START, statements

SHELLS = [shell for shell in ("dash", "bash") if shutil.which(shell)]
pytestmark = pytest.mark.skipif(not SHELLS, reason="needs dash or bash (Debian: apt-get install dash)")

CERTAIN = [
    # Everything below is known: neither a doubt is left, nor is anything but what the shell makes.
    "mkdir -p a/b && cd a/b && touch c && cd .. && mv b d",
    "mkdir -p -m 700 x/y; mkdir -m 711 z; chmod u+x,g-w d/a; chmod -R a=rX,u+w h",
    "mkdir d 2>/dev/null || touch there",
    "cp -r d copy; cp -r d/. merged; cp a b.txt g; cp -a h/. g; cp -rT d other",
    "cp d/a d/b.txt nowhere || touch failed",
    "mv d/* g/; rmdir d/e 2>/dev/null; mv g moved/ ; mv a moved",
    "mv b.txt a && ln -s a link && cp -P link copied && cp link followed && ln -sfn d link",
    "install -d -m 750 n/m; install -Dm644 a n/m/a; install -m 600 b.txt a; install a d",
    "rm -rf d/* && rm -f nope && rmdir g; rm a/ 2>/dev/null; rm -r h/",
    "find . -name '*.txt' -delete; find d -type f -exec chmod 600 {} +; find . -type d -empty -delete",
    "find d -name e -delete || touch not-empty",
    "find . -name '*.py' -exec cp {} g/ \\; && find h -type f | xargs rm",
    "find . -type f -name '*.txt' -print0 | xargs -0 rm -f",
    'find d -type f | while read -r f; do touch "$f.seen"; done',
    "find d -name '*.txt' | while read f; do n=$(echo $f | sed 's/d/h/' | sed 's/.txt$/.md/'); cp $f $n; done",
    "for f in a b.txt nope; do if [ -f $f ]; then mv $f g/$f.old; else continue; fi; touch seen-$f; done",
    'for d in d h; do [ "$d" = d ] && rm -r "$d" || break; done; touch end',
    "i=0; while [ $i != xx ]; do touch f$i; i=x$i; case $i in xx*) break;; esac; done; rm -f fxx",
    "case abc in a?c|x) touch yes;; *) touch no;; esac; case \"$U\" in '') touch unset;; esac",
    'f() { case $1 in a) echo b.txt;; *) echo no; return 1;; esac; }; touch "x-$(f a)" "y-$(f q)"; f a > said',
    'f() { echo $1; g; }; g() { printf %s b; }; touch "x$(f a | tr -d a)" "y$(sh -c \'echo c\')"',
    'f() { [ -d "$1" ] || return 1; cp -r "$1" "$2"; }; f d x && ! f nope y && f h z',
    "set -e; true && false || touch a2; false || true; if false; then touch no; fi; ! true; touch end",
    "(set -e; false; touch no) || touch yes; (cd d && touch in); touch out",
    "X=1; (X=2; echo $X > in); echo $X > out; Y='a b'; echo $Y \"$Y\" ${U:-c} ${Y%b}x ${Y#a } > vars",
    'set -- one two; touch $1 "$#"; shift; for x; do mkdir $x; done; echo "$@" > rest',
    "cat > f <<E\nx $HOMELESS y\nE\ncat >> f <<'E'\n$X\nE\nprintf '%s\\n' 1 2 >> f; cat a f > both; cat a >> f",
    "echo x > d/new && echo y >> a; : > b.txt; > empty; echo z > g && touch no || touch is-dir",
    "{ echo 1; echo 2; } > both; (echo 3) >> both; echo 4 | tee five >> both; tr a-z A-Z < a > upper",
    "V=$(cat b.txt); mkdir $V; D=`dirname d/e/f`; touch $D/$(basename /x/y.py .py); echo $(pwd | head -c0) > p",
    "echo 1.2.3 | cut -d. -f2 > minor; echo a:b | sed -e 's/:/-/g' -e 's/^/x/' > sub; echo a | tr a b > t",
    "tar cf - d h | (cd g && tar xf -); tar czf x.tgz -C d . && mkdir y && tar xzf x.tgz -C y && rm x.tgz",
    "tar cf t.tar a d && tar xf t.tar -C h --strip-components=1 && rm t.tar",
    "sh -c 'mkdir \"$0\" && touch $1' new arg; sh -ec 'false; touch no' || touch stopped; echo 'touch s' | sh",
    "printf '#!/bin/sh\\nset -e\\ntouch \"$1\"\\nexit 3\\n' > s.sh; sh s.sh made || touch failed; sh ./s2 2>/dev/null || :",
    "eval 'touch e1; X=e2'; touch $X; test -n \"$X\" -a ! -e nope && touch both; [ a = b -o -d d ] && touch or",
    "[ -f a ] && [ ! -d nope ] && [ -s a ] && [ -n x ] && [ 2 -gt 1 ] && touch all",
    "true | false | true && touch last; false | true && touch ok; ! false && touch not",
    "exit 0; touch never",
    "touch d/./x ./y d/../z; rm -rf ./y; mkdir -p ./n/../m 2>/dev/null",
    "ln -s nowhere broken; [ -e broken ] || touch is-broken; [ -L broken ] && touch is-link; echo x > broken",
    "umask 077; touch private; mkdir closed; cp a copied; umask 022; touch open",
    "rm -rf */; ls > /dev/null; touch only",
]


@pytest.mark.parametrize("script", CERTAIN)
@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_does_here_what_is_said_of_it(tmp_path: Path, script: str, shell: str) -> None:
    assert differences(script, START, tmp_path, shell=shell) == []


@pytest.mark.parametrize("script", CERTAIN)
def test_nothing_that_these_scripts_do_is_in_doubt(tmp_path: Path, script: str) -> None:
    assert doubts(script, START, tmp_path) == set()


BASH = [
    "mkdir {x,y}; touch {x,y}/z{1,2}; [[ -d x && $U == '' ]] && touch both; [[ abc == a* ]] && touch like",
    "set -o pipefail; false | true || touch piped; X=abc; X+=d; touch $X; source ./a 2>/dev/null; echo -e 'a\\tb' > tab",
    "function f { local v=1; touch f$v; }; v=2; f; touch $v; cd a b 2>/dev/null || touch too-many",
]


@pytest.mark.parametrize("script", BASH)
def test_bash_has_more_than_the_standard(tmp_path: Path, script: str) -> None:
    if "bash" not in SHELLS:
        pytest.skip("needs bash")
    assert differences(script, START, tmp_path, shell="bash") == []  # noqa: S604 - the name of one


def test_dash_has_no_double_brackets_and_no_source(tmp_path: Path) -> None:
    if "dash" not in SHELLS:
        pytest.skip("needs dash (Debian: apt-get install dash)")
    script = "[[ -d d ]] && touch no; source ./a || touch no-source; mkdir {x,y}; echo 'a\\tb' > tab"
    assert differences(script, START, tmp_path, shell="dash") == []  # noqa: S604 - the name of one
    files, _ = predicted(script, START, tmp_path)
    assert "/w/no" not in files.entries
    assert "/w/{x,y}" in files.entries


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_a_random_script_is_never_said_to_do_what_it_does_not(
    tmp_path_factory: pytest.TempPathFactory, shell: str, seed: int
) -> None:
    script = statements(random.Random(seed))  # noqa: S311 - no secret
    parsed = subprocess.run([shell, "-n", "-c", script], capture_output=True, check=False)
    if parsed.returncode == 0:
        assert differences(script, START, tmp_path_factory.mktemp("live"), shell=shell) == [], script
