"""Every operation by AWS's own client, told of the service by its environment alone."""

import pytest
from botocore.exceptions import ClientError

from tests.acceptance.rekognition.cases import CASES, DONE, NEVER, NEVER_OF, OF_STATE, Case
from tests.acceptance.rekognition.described import OPERATIONS, documented
from tests.acceptance.rekognition.world import World


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.operation}: {case.what}")
def test_it_is_answered_as_aws_does(case: Case, world: World) -> None:
    if case.answer == DONE:
        case.run(world)
        return
    request = case.run(world)
    typed = getattr(world.client.exceptions, case.answer)

    with pytest.raises(typed) as refused:
        world.ask(case.operation, **request)

    assert isinstance(refused.value, ClientError)
    assert refused.value.response["Error"]["Code"] == case.answer
    assert refused.value.response["Error"]["Message"]
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_done_and_every_documented_error_is_met_or_explained(operation: str) -> None:
    answers = {case.answer for case in CASES if case.operation == operation}
    by_limits = {"InvalidParameterException"}
    never = {*NEVER, *(name for name, (operations, _) in NEVER_OF.items() if operation in operations)}

    assert DONE in answers
    assert documented(operation) - answers - by_limits - {*OF_STATE} <= never
