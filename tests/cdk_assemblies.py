"""Little cloud assemblies, as `cdk synth` writes them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

OUT = "cdk.out"


def key(name: str) -> str:
    """The hash of an asset that a test calls by a name."""
    return sha256(name.encode()).hexdigest()


def asset(name: str) -> str:
    """The directory of an asset in its assembly."""
    return f"asset.{key(name)}"


def function(code: str | None, construct: str = "Stack/Fn", **properties: object) -> dict[str, Any]:
    """A function's resource; its code is the asset of that name."""
    metadata: dict[str, object] = {"aws:cdk:path": f"{construct}/Resource"}
    own: dict[str, object] = {"Runtime": "python3.12", "Handler": "app.handler"}
    if code is not None:
        metadata |= {"aws:asset:path": asset(code), "aws:asset:is-bundled": False, "aws:asset:property": "Code"}
        own["Code"] = {"S3Bucket": "assets", "S3Key": f"{key(code)}.zip"}
    return {"Type": "AWS::Lambda::Function", "Properties": {**own, **properties}, "Metadata": metadata}


def layer(code: str, construct: str = "Stack/Layer") -> dict[str, Any]:
    """A layer's resource."""
    return {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {"Content": {"S3Bucket": "assets", "S3Key": f"{key(code)}.zip"}},
        "Metadata": {"aws:cdk:path": f"{construct}/Resource", "aws:asset:path": asset(code)},
    }


def write(
    root: Path,
    resources: Mapping[str, object],
    files: Mapping[str, str] | None = None,
    *,
    metadata: Mapping[str, object] | None = None,
    images: Mapping[str, Mapping[str, object]] | None = None,
    directory: str = OUT,
    name: str = "Stack",
    **sections: object,
) -> Path:
    """An application whose assembly is fresh: ``files`` are below the application, ``assets/name/file`` in assets."""
    for path, text in (files or {}).items():
        place, used, inner = [*path.split("/", 2), "", ""][:3]
        put(root / (f"{directory}/{asset(used)}/{inner}" if place == "assets" else path), text)
    base = root / directory
    stack = {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": f"{name}.template.json"},
        "metadata": dict(metadata or {}),
    }
    manifest = {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}}
    put_json(base / f"{name}.template.json", {"Resources": resources, **sections})
    listed = {one: {"source": source} for one, source in (images or {}).items()}
    put_json(base / f"{name}.assets.json", {"version": "36.0.0", "files": {}, "dockerImages": listed})
    put_json(base / "cdk.out", {"version": "36.0.0"})
    put_json(base / "manifest.json", {"version": "36.0.0", "artifacts": {f"{name}.assets": manifest, name: stack}})
    if not (root / "cdk.json").exists():
        put_json(root / "cdk.json", {"app": "python3 app.py"})
    put(root / ".gitignore", "cdk.out/\n")
    for made in root.rglob("*"):
        if made.is_file() and base not in made.parents:
            os.utime(made, (1_000_000_000, 1_000_000_000))
    return base


def put(path: Path, text: str) -> None:
    """Write one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def put_json(path: Path, value: object) -> None:
    """Write one file of JSON."""
    put(path, json.dumps(value, indent=1))
