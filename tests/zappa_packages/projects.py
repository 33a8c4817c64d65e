"""Zappa projects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

APP = "def application(environ, start_response):\n    return []\n"


def settings(**more: object) -> str:
    """``zappa_settings.json`` with one stage."""
    stage = {
        "app_function": "app.application",
        "project_name": "shop",
        "s3_bucket": "b",
        "use_precompiled_packages": False,
    }
    return json.dumps({"dev": {**stage, **more}}, indent=2)


@dataclass(frozen=True, slots=True)
class ZappaProject:
    """``files`` of a project, and the stage to package."""

    files: Mapping[str, str]
    stage: str = "dev"

    def write(self, root: Path) -> None:
        """Write the project below a directory."""
        files = {"app.py": APP, **self.files}
        if not any(name.startswith("zappa_settings") for name in files):
            files["zappa_settings.json"] = settings()
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


TREE = {
    "shop/__init__.py": "",
    "shop/views.py": "",
    "shop/static/site.css": "",
    "lib/tools.py": "",
    "lib/deep/more.py": "",
    "docs/guide.md": "",
    "tests/test_app.py": "",
    "notes.txt": "",
}

PROJECTS: Mapping[str, ZappaProject] = {
    "one module": ZappaProject({}),
    "a tree": ZappaProject(TREE),
    "left out by name": ZappaProject({**TREE, "zappa_settings.json": settings(exclude=["tests", "*.md", "static"])}),
    "left out by glob": ZappaProject(
        {
            **TREE,
            "zappa_settings.json": settings(
                exclude_glob=["tests/*", "**/*.md", "lib/deep", "*.txt", "shop/static/*.css"]
            ),
        }
    ),
    "what Zappa leaves out itself": ZappaProject(
        {
            **TREE,
            "old.zip": "",
            ".git/config": "",
            "concurrent/x.py": "",
            "shop/__pycache__/views.txt": "",
            "a.tar.gz": "",
        }
    ),
    "a neighbouring module": ZappaProject({"thing.py": "", "thing/data.py": "", "other/x.py": ""}),
    "a stage that extends": ZappaProject(
        {
            **TREE,
            "zappa_settings.json": json.dumps(
                {
                    "base": json.loads(settings(exclude=["docs"]))["dev"],
                    "prod": {"extends": "base", "exclude": ["tests"]},
                }
            ),
        },
        "prod",
    ),
    "YAML": ZappaProject(
        {
            "zappa_settings.yml": "dev:\n  app_function: app.application\n  project_name: shop\n  s3_bucket: b\n"
            "  use_precompiled_packages: false\n  exclude: [docs]\n",
            **TREE,
        }
    ),
    "TOML": ZappaProject(
        {
            "zappa_settings.toml": '[dev]\napp_function = "app.application"\nproject_name = "shop"\ns3_bucket = "b"\n'
            'use_precompiled_packages = false\nexclude = ["lib"]\n',
            **TREE,
        }
    ),
    "Django": ZappaProject(
        {
            **TREE,
            "zappa_settings.json": json.dumps(
                {
                    "dev": {
                        "django_settings": "shop.views",
                        "project_name": "shop",
                        "s3_bucket": "b",
                        "use_precompiled_packages": False,
                    }
                }
            ),
        }
    ),
}
