"""What the evaluator knows of TypeScript programs: ``See`` is a class of another package."""

from __future__ import annotations

from pathlib import Path

import pytest

from program_runs import javascript, seen

SEE = "import { See } from 'lib';\nimport * as path from 'path';\n"


def values(root: Path, text: str) -> list[str]:
    return seen(javascript(root, {"bin/app.ts": SEE + text}))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'a' + 'b'", "ab"),
        ("`x-${1 + 2}-${'y'}`", "x-3-y"),
        ("path.join(__dirname, '..', 'src')", "<root>/src"),
        ("path.resolve('src')", "<root>/src"),
        ("`${__dirname}/../src`", "<root>/bin/../src"),
        ("import.meta.dirname", "<root>/bin"),
        ("({ a: { b: [1, 'two'] } }).a?.b[1]", "two"),
        ("[...['a', 'b'], 'c']", "[a, b, c]"),
        ("({ ...{ a: 1, b: 2 }, b: 3 })", "{a: 1, b: 3}"),
        ("undefined ?? 'default'", "default"),
        ("process.env.STAGE ?? 'dev'", "@process.env.STAGE | dev"),
        ("true ? 'a' : 'b'", "a"),
        ("unknown() ? 'a' : 'b'", "a | b"),
        ("unknown().x as string", "unknown.x()"),
        ("'fooBarBaz'.replace(/([A-Z])/g, '_$1').toLowerCase()", "foo_bar_baz"),
        ("'a-b'.split('-').map((x) => x.toUpperCase()).join('/')", "A/B"),
        ("Object.entries({ a: 1 }).map(([k, v]) => k + v)", "[a1]"),
        ("((a: string, { b = 'B', ...rest }: any) => a + b + rest.c)('A', { c: 'C' })", "ABC"),
        ("['x', 'y'].filter((one) => one !== 'x')", "[y]"),
        ("JSON.stringify({})", "JSON.stringify({})"),
        ("'a\\u0041\\n'", "aA\n"),
        ("[1, , 3].length", "2"),
    ],
)
def test_expressions_have_the_value_that_the_program_gives_them(tmp_path: Path, expression: str, expected: str) -> None:
    assert values(tmp_path, f"new See({expression});") == [expected]


def test_a_class_gets_the_arguments_it_is_made_with(tmp_path: Path) -> None:
    text = """
    class Base { constructor(scope: any, readonly id: string, props: any) { this.props = props; } }
    class Sub extends Base {
      static readonly KIND = 'kind';
      private readonly dir = 'dir';
      constructor(scope: any, id: string, props: { name?: string }) {
        super(scope, id, { ...props, extra: 1 });
        this.make(props.name ?? 'default');
      }
      private make(name: string) { new See(name, this.id, this.dir, Sub.KIND, this.props.extra); }
    }
    new Sub(null, 'one', {});
    new Sub(null, 'two', { name: 'given' });
    """
    assert values(tmp_path, text) == ["default, one, dir, kind, 1", "given, two, dir, kind, 1"]


def test_a_class_of_the_project_that_extends_a_foreign_one_is_that_one(tmp_path: Path) -> None:
    text = "class Mine extends See { constructor(s: any, p: any) { super(s, { ...p, runtime: 'py' }); } }\nnew Mine('x', { a: 1 });"
    run = javascript(tmp_path, {"bin/app.ts": SEE + text})
    assert seen(run) == ["x, {a: 1, runtime: py}"]
    assert [(made.subclass, made.span.line) for made in run.made] == [("Mine", 4)]


def test_loops_over_what_is_known_run_every_round(tmp_path: Path) -> None:
    text = """
    for (const [name, dir] of Object.entries({ a: 'x', b: 'y' })) { new See(name, dir); }
    ['c'].forEach((one, at) => new See(one, at));
    for (let i = 0; i < 2; i++) { if (i === 1) { continue; } new See(`n${i}`); }
    """
    assert values(tmp_path, text) == ["a, x", "b, y", "c, 0", "n0"]


def test_both_branches_run_where_nobody_knows_which(tmp_path: Path) -> None:
    text = """
    const layers = ['always'];
    let name = 'none';
    if (unknown()) { layers.push('sometimes'); name = 'some'; new See('inside'); } else { name = 'other'; }
    new See(layers, name);
    """
    run = javascript(tmp_path, {"bin/app.ts": SEE + text})
    assert seen(run) == ["inside", "[always, sometimes | -], some | other"]
    assert [made.doubtful for made in run.made if made.callee == "lib.See"] == [True, False]


def test_an_early_return_under_an_unknown_condition_is_one_of_the_results(tmp_path: Path) -> None:
    text = "function f() { if (unknown()) { return 'a'; } return 'b'; }\nnew See(f());"
    assert values(tmp_path, text) == ["a | b"]


def test_names_come_from_other_files(tmp_path: Path) -> None:
    files = {
        "bin/app.ts": SEE + "import Def, { A, again as b } from '../lib/names.js';\nimport data from './data.json';\n"
        "import { Kind } from '@/kinds';\nnew See(A, b, new Def().x, data.list[0], Kind.One);",
        "lib/names.ts": "export const A = 'a';\nexport * from './more';\nexport default class { x = 'x'; }\n",
        "lib/more.ts": "const inner = 'm';\nexport { inner as again };\n",
        "lib/kinds.ts": "export enum Kind { One = 'one' }\n",
        "bin/data.json": '{"list": ["first"]}',
        "tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["lib/*"],}}} // comment',
    }
    assert seen(javascript(tmp_path, files)) == ["a, m, x, first, one"]


def test_plain_javascript_requires_its_modules(tmp_path: Path) -> None:
    files = {
        "app.js": "const { See } = require('lib');\nconst { Thing } = require('./lib/thing');\nnew Thing('y');\n",
        "lib/thing.js": "const { See } = require('lib');\nclass Thing { constructor(x) { new See(x); } }\n"
        "module.exports = { Thing };\n",
    }
    assert seen(javascript(tmp_path, files)) == ["y"]


def test_calls_on_what_is_made_are_kept_with_it(tmp_path: Path) -> None:
    run = javascript(tmp_path, {"a.ts": SEE + "const one = new See();\none.addEnvironment('A', 'b');\n"})
    (made,) = [one for one in run.made if one.callee == "lib.See"]
    assert [(call.callee, call.arguments[0]) for call in made.calls] != []
    assert made.calls[0].callee == "lib.See.addEnvironment"


def test_code_that_nothing_calls_is_entered_with_unknown_arguments(tmp_path: Path) -> None:
    files = {
        "a.ts": "export {};\n",
        "b.ts": SEE + "export class B { constructor(props: any) { new See('b', props.x); } }\n",
    }
    run = javascript(tmp_path, files, complete=True)
    assert seen(run) == ["b, ?"]
    assert [made.unreached for made in run.made] == [True]


def test_a_callback_that_another_package_gets_is_entered(tmp_path: Path) -> None:
    assert values(tmp_path, "later(() => { new See('late'); });") == ["late"]


def test_a_program_without_end_is_left(tmp_path: Path) -> None:
    assert values(
        tmp_path, "function f(x) { return f(x + 1); }\nnew See(f(1));\nwhile (true) { x(); }\nnew See(2);"
    ) == ["?", "2"]


@pytest.mark.parametrize("text", ["class {", "new See(", "const = 3; new See('after');", "`${", "\0", "}{"])
def test_broken_syntax_never_crashes(tmp_path: Path, text: str) -> None:
    javascript(tmp_path, {"a.ts": SEE + text}, complete=True)
