"""What ``sam package`` would upload for a template: run by the interpreter that aws-sam-cli is installed for.

    python ask_package.py TEMPLATE

Prints JSON: the path of each resource, ``Stack/Function`` in a nested stack, with its files: a checksum each, and the
text of those that list the files of an installed distribution.  Everything is the tool's own code but the upload.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from samcli.lib.intrinsic_resolver.intrinsics_symbol_table import IntrinsicsSymbolTable
from samcli.lib.package import artifact_exporter, packageable_resources
from samcli.lib.package.artifact_exporter import Template
from samcli.lib.package.uploaders import Uploaders
from samcli.yamlhelper import yaml_parse

packages: dict[str, dict[str, Any]] = {}
current: list[str] = []
real_upload = packageable_resources.upload_local_artifacts


def note_resource(resource_type: str, resource_id: str, *rest: Any, **named: Any) -> Any:
    current.append(resource_id)
    try:
        return real_upload(resource_type, resource_id, *rest, **named)
    finally:
        current.pop()


class Uploader:
    """Stands in for S3: keeps the listing of each archive."""

    bucket_name = "bucket"
    prefix = None

    def upload_with_dedup(self, file_name: str, **_: Any) -> str:
        if current and zipfile.is_zipfile(file_name):
            with zipfile.ZipFile(file_name) as archive:
                files = {info.filename: info.CRC for info in archive.infolist() if not info.is_dir()}
                records = {name: archive.read(name).decode() for name in files if name.endswith(".dist-info/RECORD")}
            packages[current[-1]] = {"files": files, "records": records}
        return f"s3://bucket/{len(packages)}"

    def upload(self, _: str, remote_path: str) -> str:
        return f"s3://bucket/{remote_path}"

    def to_path_style_s3_url(self, key: str, _: str | None = None) -> str:
        return f"https://s3/bucket/{key}"


packageable_resources.upload_local_artifacts = note_resource
artifact_exporter.upload_local_artifacts = note_resource
signer = MagicMock()
signer.should_sign_package.return_value = False
template = Path(sys.argv[1]).resolve()
# Loops are unrolled first, as by ``sam package --language-extensions``.
with template.open(encoding="utf-8") as stream:
    read = yaml_parse(stream.read())
pseudo = dict(IntrinsicsSymbolTable.DEFAULT_PSEUDO_PARAM_VALUES)
expanded = expand_language_extensions(read, pseudo, enabled="Fn::ForEach::" in str(read)).expanded_template
uploaders = Uploaders(Uploader(), Uploader())
parent = str(template.parent)
Template(template.name, parent, uploaders, signer, normalize_template=True, template_dict=expanded).export()
sys.stdout.write(json.dumps(packages))
