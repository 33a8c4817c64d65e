"""Uses of the Lambda context object, real and imitated."""

from __future__ import annotations

from vartask.model.finding import Cause
from vartask.model.span import Span
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class ContextUse:
    """An attribute read from the handler's context that Lambda's object does not have.

    ``owner`` is the runtime's class (``LambdaContext``, ``CognitoIdentity``, ``ClientContext``, ``Client``);
    ``suggestion`` the attribute that was probably meant.  ``because`` tells how the context reached this
    place.  ``caught``: a broad ``except`` hides the error, so Lambda does not log it.
    """

    attribute: str
    owner: str
    span: Span
    suggestion: str | None = None
    because: tuple[Cause, ...] = ()
    caught: bool = False


@dataclass(frozen=True, slots=True)
class ContextDouble:
    """A test's stand-in for the context that has an attribute which Lambda's object lacks.

    ``handler`` is the name of the handler it is passed to and ``passed`` the place of that call.
    """

    attribute: str
    span: Span
    handler: str
    passed: Span
    owner: str = "LambdaContext"
    suggestion: str | None = None
