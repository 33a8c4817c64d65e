"""Memory, time and ``/tmp`` of a function in Terraform.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_function and
https://registry.terraform.io/modules/terraform-aws-modules/lambda/aws: both have Lambda's own defaults.
"""

from __future__ import annotations

from vartask.model import LAMBDA_LIMITS, Limits, limit
from vartask.syntax.hcl_values import Computed, Known, Scalar, Value
from vartask.syntax.terraform_blocks import Instance, value_of


def limits_of_resource(instance: Instance) -> Limits:
    """``memory_size``, ``timeout`` and the block ``ephemeral_storage`` of ``aws_lambda_function``."""
    blocks = [value_of(body, "size", evaluate) for body, evaluate in instance.blocks("ephemeral_storage")]
    unsure = Computed("${...}", instance.block.span) if len(blocks) > 1 else None
    return _limits(instance, unsure or next(iter(blocks), None))


def limits_of_call(call: Instance) -> Limits:
    """``memory_size``, ``timeout`` and ``ephemeral_storage_size`` of terraform-aws-modules/lambda."""
    return _limits(call, call.get("ephemeral_storage_size"))


def _limits(instance: Instance, size: Value | None) -> Limits:
    return Limits(
        limit(_number(instance.get("memory_size")), LAMBDA_LIMITS.memory),
        limit(_number(instance.get("timeout")), LAMBDA_LIMITS.timeout),
        limit(_number(size), LAMBDA_LIMITS.storage),
    )


def _number(value: Value | None) -> Scalar:
    """What stands for a number; nothing that is one when it is not known."""
    return None if value is None else value.value if isinstance(value, Known) else ""
