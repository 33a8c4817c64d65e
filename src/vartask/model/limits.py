"""What Lambda allows a function: memory, time, and room in ``/tmp``."""

from __future__ import annotations

from vartask.records import dataclass

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory`` in MiB, ``timeout`` of one invocation in seconds, ``storage`` is the size of ``/tmp`` in MiB.

    ``None`` for what cannot be known, or what nobody declares.
    """

    memory: int | None = None
    timeout: int | None = None
    storage: int | None = None

    def shared(self, other: Limits) -> Limits:
        """What both have; ``None`` where they differ."""
        return Limits(
            self.memory if self.memory == other.memory else None,
            self.timeout if self.timeout == other.timeout else None,
            self.storage if self.storage == other.storage else None,
        )


NO_LIMITS: Final = Limits()
LAMBDA_LIMITS: Final = Limits(memory=128, timeout=3, storage=512)
"""What Lambda gives a function that asks for nothing: 128 MB, 3 seconds and 512 MB.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html (``MemorySize``, ``Timeout``,
``EphemeralStorage``).  The same stand where CloudFormation, SAM (without ``Globals``), the CDK, Terraform with its
module ``terraform-aws-modules/lambda`` and Pulumi leave them out.  What Lambda calls MB is 1,048,576 bytes
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
"""


def whole(value: object) -> int | None:
    """A positive whole number, as itself or as text; ``None`` for everything else."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return None
    return int(number) if number.is_integer() and 0 < number < 10**9 else None


def limit(given: object, default: int | None) -> int | None:
    """One limit: ``default`` where ``given`` is ``None``, else the number that it is, if it is one."""
    return default if given is None else whole(given)
