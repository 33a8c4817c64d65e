"""Projects at random: trees of files, templates in every way of writing, everything that decides what is packaged."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

import yaml

from sam_builds.projects import INDEX, SamProject, named
from sam_builds.tool import RUNTIME, Run

FILES = (
    "app.py", "__init__.py", "util.py", "data.json", ".env", ".envrc", "a.pyc", "lib.so", "lib.so.1", "pip-log.txt",
    ".gitignore", ".coverage", "setup.py", "x.egg", "Makefile.old", "notes with space.md", "ünïcode.py", ".hidden",
)  # fmt: skip
DIRECTORIES = (
    "pkg", "env", "venv", "tests", "__pycache__", "deep", "a.egg-info", "ENV", ".vscode", "build", "dist", "python",
    "htmlcov", ".cache", "Env", "env.bak", "lib",
)  # fmt: skip
WHEELS = ("one", "two", "three")
SERVERLESS = "AWS::Serverless::Function"


def random_project(seed: int) -> SamProject:
    """The same project for the same seed."""
    return _Writer(random.Random(seed)).project()  # noqa: S311 - test data


@dataclass
class _Writer:
    """Makes one project; collects its files and the sections of its template."""

    chance: random.Random
    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    archives: dict[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    maps: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    wheels: bool = False

    def project(self) -> SamProject:
        base = self.chance.choice(["", "", "infra/", "a/b/"])
        resources: dict[str, Any] = {}
        shared: dict[str, Any] = {"Runtime": RUNTIME, "Handler": "app.handler"}
        if self.chance.random() < 0.3:
            shared["CodeUri"] = self.path(base, self.tree(f"{base}shared"))
        for index in range(self.chance.randint(1, 3)):
            resources[f"Layer{index}"] = self.layer(f"{base}layers/l{index}", base)
        for index in range(self.chance.randint(1, 4)):
            resources[f"F{index}"] = self.function(f"{base}fns/f{index}", base, list(resources), shared)
        if self.chance.random() < 0.4:
            resources["Below"] = self.nested(base, list(resources))
        template: dict[str, Any] = {
            "Transform": self.chance.choice(
                ["AWS::Serverless-2016-10-31", ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]]
            ),
            "Globals": {"Function": shared},
            "Parameters": self.parameters,
            "Mappings": self.maps,
            "Conditions": self.conditions,
            "Resources": resources,
        }
        name = f"{base}{self.chance.choice(['template.yaml', 'app.yml', 'stack.json'])}"
        as_json = name.endswith(".json") or self.chance.random() < 0.2
        sections = {key: value for key, value in template.items() if value}
        text = json.dumps(sections, indent=1) if as_json else yaml.safe_dump(sections, sort_keys=False)
        wheels = WHEELS if self.wheels else ()
        overrides = ("--parameter-overrides", "Size=big")
        runs = (Run(name), Run(name, overrides)) if self.conditions else (Run(name),)
        return SamProject({**self.files, name: text}, runs, self.links, self.archives, wheels)

    # -- what is packaged ---------------------------------------------------------------------------

    def tree(self, root: str) -> str:
        """Random files below a directory, some of them links to others."""
        places = [root]
        for _ in range(self.chance.randint(0, 4)):
            places.append(f"{self.chance.choice(places)}/{self.chance.choice(DIRECTORIES)}")
        names = [f"{self.chance.choice(places)}/{self.chance.choice(FILES)}" for _ in range(self.chance.randint(2, 9))]
        self.files.update(named(f"{root}/app.py", *names))
        if self.chance.random() < 0.2:
            self.files.update(named("common/c.py", "common/env/e.py", "common/in/i.py"))
            link = f"{self.chance.choice(places)}/linked"
            self.links[link] = self.chance.choice(["common", "common/in"])
        return root

    def requirements(self, root: str, *, parents: bool = False) -> None:
        if self.chance.random() < 0.25:
            self.wheels = True
            asked = self.chance.sample(WHEELS, self.chance.randint(0, 2))
            self.files[f"{root}/requirements.txt"] = INDEX + "".join(f"{name}\n" for name in asked)
            if asked and not parents and self.chance.random() < 0.5:
                self.files.update(named(f"{root}/{asked[0]}/part.py"))

    def layer(self, root: str, base: str) -> dict[str, Any]:
        serverless = self.chance.random() < 0.7
        kind, key = ("Serverless", "ContentUri") if serverless else ("Lambda", "Content")
        layer: dict[str, Any] = {"Type": f"AWS::{kind}::LayerVersion", "Properties": {}}
        if self.chance.random() < 0.15:
            self.archives[f"{root.replace('/', '-')}.zip"] = ("python/in.py", "python/deep/in.py")
            layer["Properties"][key] = self.path(base, f"{root.replace('/', '-')}.zip", computed=False)
            return layer
        built = self.chance.random() < 0.6
        layer["Properties"][key] = self.path(base, self.tree(root), computed=built)
        if built:
            layer["Metadata"] = {"BuildMethod": RUNTIME}
            layer["Properties"]["CompatibleRuntimes"] = [RUNTIME]
            self.requirements(root)
        return layer

    def function(self, root: str, base: str, layers: list[str], shared: dict[str, Any]) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        function: dict[str, Any] = {"Type": SERVERLESS, "Properties": properties}
        # The first one uses all of them, so that each layer is predicted.
        first = root.endswith("f0")
        used = [name for name in layers if name.startswith("Layer") and (first or self.chance.random() < 0.7)]
        if used:
            properties["Layers"] = [{"Ref": name} for name in used]
        if "CodeUri" in shared and self.chance.random() < 0.3:
            return function
        if self.chance.random() < 0.1:
            self.archives[f"{root.replace('/', '-')}.zip"] = ("app.py", "deep/in.py")
            properties["CodeUri"] = self.path(base, f"{root.replace('/', '-')}.zip", computed=False)
            return function
        how = self.chance.random()
        if how > 0.9:
            return {**function, **self.chosen(root, base, properties)}
        properties["CodeUri"] = self.path(base, self.tree(root), computed=how >= 0.1)
        metadata = self.metadata(how, root, properties)
        if metadata is not None:
            function["Metadata"] = metadata
        if how <= 0.8:
            self.requirements(root, parents=0.1 <= how < 0.4)
        return function

    def metadata(self, how: float, root: str, properties: dict[str, Any]) -> dict[str, Any] | None:
        """The way in which ``sam build`` builds a function."""
        if how > 0.8:
            self.recipe(root)
            return {"BuildMethod": "makefile"}
        if how < 0.1:
            return {"SkipBuild": True}
        if how < 0.3:
            parents = self.chance.choice(["a", "a.b.c", "pkg", "lib"])
            return {"BuildProperties": {"ParentPackageMode": "explicit", "ParentPackages": parents}}
        if how < 0.4:
            index = root.rpartition("/")[2]
            properties["Handler"] = self.chance.choice([f"fns.{index}.app.handler", f"{index}.app.handler"])
            return {"BuildProperties": {"ParentPackageMode": "auto"}}
        return {"BuildMethod": RUNTIME} if how < 0.5 else None

    def chosen(self, root: str, base: str, properties: dict[str, Any]) -> dict[str, Any]:
        """A function whose code depends on a condition."""
        self.parameters["Size"] = {"Type": "String", "Default": "small"}
        big: Any = {"Fn::Equals": [{"Ref": "Size"}, "big"]}
        self.conditions["Big"] = big
        self.conditions["Small"] = self.chance.choice(
            [{"Fn::Not": [{"Condition": "Big"}]}, {"Fn::Or": [{"Fn::Equals": ["small", {"Ref": "Size"}]}, big]}]
            if self.chance.random() < 0.3
            else [{"Fn::Not": [{"Condition": "Big"}]}]
        )
        branches = [self.path(base, self.tree(f"{root}/{name}")) for name in ("one", "two")]
        return {"Properties": {**properties, "CodeUri": {"Fn::If": [self.chance.choice(["Big", "Small"]), *branches]}}}

    def recipe(self, root: str) -> None:
        """A Makefile that copies, makes directories, moves and removes."""
        name = root.rpartition("/")[2].upper()
        inside = [path[len(root) + 1 :] for path in self.files if path.startswith(f"{root}/")]
        # What Python has compiled is no part of a checkout.
        compiled = {path.split("/")[0] for path in inside if "__pycache__" in path}
        kept = sorted({path.split("/")[0] for path in inside if " " not in path} - compiled - {"requirements.txt"})
        lines = ["cp app.py $(ARTIFACTS_DIR)", "mkdir -p $(ARTIFACTS_DIR)/made/deeper"]
        for one in self.chance.sample(kept, min(len(kept), 3)):
            lines.append(
                self.chance.choice(
                    [
                        f"cp -r {one} $(ARTIFACTS_DIR)/",
                        f'cp -R ./{one} "$(ARTIFACTS_DIR)/made/{one}"',
                        f"cp -a {one} ${{ARTIFACTS_DIR}}/made/deeper && touch $(ARTIFACTS_DIR)/made/mark",
                        f"mv {one} $(ARTIFACTS_DIR)/made",
                    ]
                )
            )
            if lines[-1].startswith("mv"):
                break
        if self.chance.random() < 0.3:
            lines.append("rm -rf $(ARTIFACTS_DIR)/made/deeper")
        if self.chance.random() < 0.3:
            lines.append("find $(ARTIFACTS_DIR) -name '*.json' -delete")
        recipe = "".join(f"\t{line}\n" for line in lines)
        self.files[f"{root}/Makefile"] = f".PHONY: build-{name}\nbuild-{name}:\n{recipe}"

    def nested(self, base: str, resources: list[str]) -> dict[str, Any]:
        """A stack of its own whose code the one above names, and whose layer it may be."""
        kind, key = self.chance.choice(
            [("AWS::Serverless::Application", "Location"), ("AWS::CloudFormation::Stack", "TemplateURL")]
        )
        directory = self.chance.choice(["", "stacks/"])
        root = self.tree(f"{base}below")
        up = "../" if directory else ""
        child = {
            "Transform": "AWS::Serverless-2016-10-31",
            "Parameters": {"Code": {"Type": "String", "Default": "nowhere"}, "Layer": {"Type": "String"}},
            "Resources": {
                "Inner": {
                    "Type": SERVERLESS,
                    "Properties": {"CodeUri": {"Fn::Sub": f"{up}${{Code}}"}, "Handler": "app.h", "Runtime": RUNTIME},
                }
            },
        }
        self.files[f"{base}{directory}child.yaml"] = yaml.safe_dump(child)
        passed = {"Code": self.path("", root[len(base) :]), "Layer": {"Ref": self.chance.choice(resources)}}
        return {"Type": kind, "Properties": {key: f"{directory}child.yaml", "Parameters": passed}}

    # -- how it is written ----------------------------------------------------------------------------

    def path(self, base: str, target: str, *, computed: bool = True) -> Any:
        """A path of the project as some way of writing it beside the template.

        What ``sam build`` leaves alone must be written out: ``sam package`` then takes the template as it stands.
        """
        up = "../" * base.count("/")
        text = target[len(base) :] if target.startswith(base) else f"{up}{target}"
        text = self.chance.choice([text, text, f"./{text}", text if text.endswith(".zip") else f"{text}/"])
        ways = [self.literal, self.ref, self.sub, self.join, self.in_map, self.select]
        return self.chance.choice(ways)(text) if computed else text

    def literal(self, text: str) -> Any:
        return text

    def parameter(self, value: str) -> str:
        name = f"P{len(self.parameters)}"
        self.parameters[name] = {"Type": "String", "Default": value}
        return name

    def ref(self, text: str) -> Any:
        return {"Ref": self.parameter(text)}

    def sub(self, text: str) -> Any:
        head, slash, tail = text.rpartition("/")
        if self.chance.random() < 0.5 or not tail:
            return {"Fn::Sub": f"{head}{slash}${{{self.parameter(tail)}}}" if tail else text}
        return {"Fn::Sub": [f"{head}{slash}${{Last}}", {"Last": {"Ref": self.parameter(tail)}}]}

    def join(self, text: str) -> Any:
        parts: list[Any] = text.split("/")
        index = self.chance.randrange(len(parts))
        if parts[index]:
            parts[index] = {"Ref": self.parameter(parts[index])}
        return {"Fn::Join": ["/", parts]}

    def in_map(self, text: str) -> Any:
        name = f"Map{len(self.maps)}"
        self.maps[name] = {"top": {"second": text, "other": "wrong"}}
        top = self.chance.choice(["top", {"Ref": self.parameter("top")}])
        return {"Fn::FindInMap": [name, top, "second"]}

    def select(self, text: str) -> Any:
        listed: Any = ["wrong", text, "other"]
        if self.chance.random() < 0.5:
            listed = {"Fn::Split": [",", ",".join(listed)]}
        return {"Fn::Select": [1, listed]}  # sam itself does not resolve an index that is a string
