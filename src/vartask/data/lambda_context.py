"""The attributes of the object that Lambda passes as a handler's second argument.

Source: ``awslambdaric/lambda_context.py`` of the runtime interface client 1.0.0 to 4.2.2
(https://github.com/aws/aws-lambda-python-runtime-interface-client); documented in
https://docs.aws.amazon.com/lambda/latest/dg/python-context.html.  A test compares the tables with the real classes.
"""

from __future__ import annotations

from vartask.patterns import regex

ATTRIBUTES: dict[str, frozenset[str]] = {
    "LambdaContext": frozenset(
        {
            "aws_request_id",
            "client_context",
            "function_name",
            "function_version",
            "get_remaining_time_in_millis",
            "identity",
            "invoked_function_arn",
            "log",
            "log_group_name",
            "log_stream_name",
            "memory_limit_in_mb",
            "tenant_id",
            "w3c",
            "_epoch_deadline_time_in_ms",
            "_extract_and_strip_w3c",
            "_w3c_fields",
        }
    ),
    "CognitoIdentity": frozenset({"cognito_identity_id", "cognito_identity_pool_id"}),
    "ClientContext": frozenset({"custom", "env", "client"}),
    "Client": frozenset({"installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"}),
}
"""Owner class -> its attributes and methods, without those of ``object``."""

RECENT = frozenset({"tenant_id", "w3c", "_w3c_fields", "_extract_and_strip_w3c"})
"""Attributes of ``LambdaContext`` that older clients lack: ``tenant_id`` came with 3.1.0, ``w3c`` with 4.2.0."""

NESTED: dict[tuple[str, str], str] = {
    ("LambdaContext", "identity"): "CognitoIdentity",
    ("LambdaContext", "client_context"): "ClientContext",
    ("ClientContext", "client"): "Client",
}
"""(owner, attribute) -> the class of what it holds."""

NEVER_NONE = frozenset({"LambdaContext", "CognitoIdentity"})
"""Objects that are there in every invocation; ``client_context`` and its ``client`` are mostly ``None``."""

_OBJECT = frozenset(dir(object)) | {
    "__annotations__",
    "__dict__",
    "__firstlineno__",
    "__module__",
    "__static_attributes__",
    "__weakref__",
}

_MEANT: dict[str, str] = {
    "arn": "invoked_function_arn",
    "client": "client_context",
    "cognito_identity": "identity",
    "deadline_ms": "get_remaining_time_in_millis",
    "function_arn": "invoked_function_arn",
    "get_remaining_time": "get_remaining_time_in_millis",
    "get_remaining_time_in_ms": "get_remaining_time_in_millis",
    "id": "aws_request_id",
    "invocation_id": "aws_request_id",
    "invoke_id": "aws_request_id",
    "invoked_arn": "invoked_function_arn",
    "lambda_name": "function_name",
    "log_group": "log_group_name",
    "log_stream": "log_stream_name",
    "memory": "memory_limit_in_mb",
    "memory_limit": "memory_limit_in_mb",
    "memory_size": "memory_limit_in_mb",
    "name": "function_name",
    "remaining_time": "get_remaining_time_in_millis",
    "remaining_time_in_millis": "get_remaining_time_in_millis",
    "request_id": "aws_request_id",
    "tenant": "tenant_id",
    "version": "function_version",
}
"""What people write -> what they mean; names as snake_case, for those that look too unlike to be found by likeness."""

_HUMP = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def has_attribute(owner: str, name: str) -> bool:
    """Whether reading ``name`` from the runtime's object works."""
    return name in ATTRIBUTES[owner] or name in _OBJECT


def suggestion(owner: str, name: str) -> str | None:
    """The attribute of ``owner`` that was probably meant by one that it does not have.

    >>> suggestion("LambdaContext", "awsRequestId")
    'aws_request_id'
    """
    public = sorted(known for known in ATTRIBUTES[owner] if not known.startswith("_"))
    snake = _HUMP.sub("_", name).lower().replace("__", "_").strip("_")
    if snake in public:
        return snake
    if owner == "LambdaContext" and snake in _MEANT:
        return _MEANT[snake]
    from difflib import get_close_matches

    close = get_close_matches(snake, public, n=1, cutoff=0.75)
    return close[0] if close else None
