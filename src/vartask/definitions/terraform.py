"""Terraform and OpenTofu: ``aws_lambda_function``, and the module terraform-aws-modules/lambda."""

from __future__ import annotations

from vartask.config import Settings
from vartask.model import Declared
from vartask.project import Project
from vartask.syntax.terraform_names import is_configuration


def find(project: Project, settings: Settings) -> Declared:
    """Every function of every root module, each instance of ``for_each``, ``count`` and module calls for itself."""
    del settings
    if not any(map(is_configuration, project.files)):
        return Declared()
    # The reader takes as long to import as a small project to check.
    from vartask.definitions._terraform_functions import declared

    return declared(project)
