"""Every operation by AWS's own client, told of the service by its environment alone."""

import pytest
from botocore.exceptions import ClientError

from tests.acceptance.rekognition.cases import CASES, DONE, NEVER, OF_STATE, Case
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

    assert DONE in answers
    assert documented(operation) - answers - {*NEVER} - {*OF_STATE} - by_limits <= {
        # A collection listing has no collection to miss; a conflict needs something that is there already.
        *({"ResourceNotFoundException"} if operation == "ListCollections" else ()),
        *({"ConflictException"} if operation in {"DeleteUser", "AssociateFaces", "DisassociateFaces"} else ()),
    }
