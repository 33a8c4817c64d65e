"""Events as AWS's own documentation shows them, one JSON file each in ``events/``.

=================  ==============================================================================================
``api-gateway-v1``  https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
``api-gateway-v2``  the same page
``alb``             https://docs.aws.amazon.com/lambda/latest/dg/services-alb.html
``sqs``             https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
``s3``              https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
``eventbridge``     https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
``scheduled``       https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
=================  ==============================================================================================

Account numbers, names and addresses are the documentation's own; the format 1.0 and 2.0 of API Gateway's payloads are
also what REST APIs and function URLs send (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
"""

from __future__ import annotations

import json
import pkgutil

NAMES = ("api-gateway-v1", "api-gateway-v2", "alb", "sqs", "s3", "eventbridge", "scheduled")


def canned(name: str) -> object:
    """A fresh copy of one of :data:`NAMES`."""
    return json.loads(pkgutil.get_data(__name__, f"events/{name}.json") or b"null")
