from __future__ import annotations

import pytest

from vartask.data.lambda_context import ATTRIBUTES, NESTED, RECENT, has_attribute, suggestion

awslambdaric = pytest.importorskip("awslambdaric.lambda_context", reason="pip install awslambdaric")


def real() -> dict[str, object]:
    context = awslambdaric.LambdaContext(
        "id",
        {"custom": {}, "env": {}, "client": {"installation_id": "1"}},
        {"cognitoIdentityId": "1"},
        1,
        "arn",
        "tenant",
    )
    return {
        "LambdaContext": context,
        "CognitoIdentity": context.identity,
        "ClientContext": context.client_context,
        "Client": context.client_context.client,
    }


@pytest.mark.parametrize("owner", sorted(ATTRIBUTES))
def test_the_table_is_what_the_real_object_has(owner: str) -> None:
    thing = real()[owner]
    assert type(thing).__name__ == owner
    plain = {name for name in dir(thing) if not name.startswith("__")}
    assert ATTRIBUTES[owner] == plain


def test_nested_objects_are_of_the_class_that_the_table_names() -> None:
    objects = real()
    for (owner, attribute), inner in NESTED.items():
        assert type(getattr(objects[owner], attribute)).__name__ == inner


def test_the_real_object_says_what_the_rule_quotes() -> None:
    with pytest.raises(AttributeError, match=r"^'LambdaContext' object has no attribute 'request_id'$"):
        _ = real()["LambdaContext"].request_id  # type: ignore[attr-defined]


def test_every_attribute_of_object_is_there() -> None:
    for name in dir(real()["LambdaContext"]):
        assert has_attribute("LambdaContext", name)
    assert not has_attribute("LambdaContext", "request_id")
    assert ATTRIBUTES["LambdaContext"] > RECENT


@pytest.mark.parametrize(
    ("owner", "written", "meant"),
    [
        ("LambdaContext", "request_id", "aws_request_id"),
        ("LambdaContext", "awsRequestId", "aws_request_id"),
        ("LambdaContext", "functionName", "function_name"),
        ("LambdaContext", "getRemainingTimeInMillis", "get_remaining_time_in_millis"),
        ("LambdaContext", "remaining_time_in_millis", "get_remaining_time_in_millis"),
        ("LambdaContext", "memory_limit_in_MB", "memory_limit_in_mb"),
        ("LambdaContext", "memoryLimitInMB", "memory_limit_in_mb"),
        ("LambdaContext", "function_arn", "invoked_function_arn"),
        ("LambdaContext", "invokedFunctionArn", "invoked_function_arn"),
        ("LambdaContext", "log_stream", "log_stream_name"),
        ("LambdaContext", "arn", "invoked_function_arn"),
        ("LambdaContext", "write", None),
        ("LambdaContext", "step", None),
        ("CognitoIdentity", "cognitoIdentityId", "cognito_identity_id"),
        ("CognitoIdentity", "identity_pool_id", "cognito_identity_pool_id"),
        ("Client", "appTitle", "app_title"),
    ],
)
def test_the_attribute_that_was_meant_is_suggested(owner: str, written: str, meant: str | None) -> None:
    assert suggestion(owner, written) == meant
