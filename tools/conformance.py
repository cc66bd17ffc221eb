"""Write docs/rekognition-conformance.md from the tests of the protocol and botocore's description. `make docs`."""

from collections.abc import Iterator
from pathlib import Path

from tests.acceptance.rekognition.cases import CASES, DONE, NEVER, NEVER_OF, OF_STATE, Case
from tests.acceptance.rekognition.described import OPERATIONS, breaches, documented, edges, mistyped

PAGE = Path(__file__).parent.parent / "docs" / "rekognition-conformance.md"

HEAD = """\
# Conformance with AWS Rekognition

Written by `make docs` from the tests in `tests/acceptance/rekognition`, which run on every change: boto3, the AWS CLI and the AWS SDK for JavaScript against a running service. Every answer is held against botocore's description of Amazon Rekognition (2016-06-27). [rekognition.md](rekognition.md) is the guide.

## Operations

«limits»: constraints of the request (required, length, range, pattern, set of values) that were broken one by one, and refused by name; «edges»: values at the very ends, taken; «types»: members of another type, refused as `SerializationException`.

| operation | done | refused | limits | edges | types |
|---|---:|---:|---:|---:|---:|"""

ERRORS = """
## Documented errors

How each error is met that the operation may answer: the number of tests beside the limits; **L** by the limits alone; **S** with a service in that state (all room taken, a share used up, no database); **–** never.

"""

NEVER_HEAD = """
Never answered:
"""

CASES_HEAD = """
## Cases
"""

BEYOND = """
## Beyond the operations

| what | answer |
|---|---|
| another operation of Rekognition, or none at all | `UnknownOperationException` |
| a body that is no JSON object | `SerializationException` |
| a body larger than the operation's pictures can be | `RequestEntityTooLargeException` |
| a request without a signature, or with the service's own API key | `MissingAuthenticationTokenException` |
| an `Authorization` that cannot be read, no `X-Amz-Date` | `IncompleteSignatureException` |
| a key that nobody has, a session token | `UnrecognizedClientException` |
| any other signature: changed body, host, operation, path or query, another secret, an unsigned host, date or target, `UNSIGNED-PAYLOAD`, more than five minutes old or early | `InvalidSignatureException` |
"""


def page() -> str:
    """The whole page."""
    rows = [f"| {operation} | {_counts(operation)} |" for operation in OPERATIONS]
    never = [f"- `{name}`: {why}" for name, why in NEVER.items()]
    never += [f"- `{name}` by {', '.join(operations)}: {why}" for name, (operations, why) in NEVER_OF.items()]
    return "\n".join([HEAD, *rows, ERRORS.rstrip(), "", *_errors(), NEVER_HEAD, *never, CASES_HEAD, *_cases(), BEYOND])


def _counts(operation: str) -> str:
    ours = _of(operation)
    done = sum(case.answer == DONE for case in ours)
    made = (breaches(operation), edges(operation), mistyped(operation))
    return " | ".join(map(str, (done, len(ours) - done, *(sum(1 for _ in one) for one in made))))


def _errors() -> Iterator[str]:
    names = sorted({name for operation in OPERATIONS for name in documented(operation)})
    yield f"| | {' | '.join(name.removesuffix('Exception') for name in names)} |"
    yield f"|---|{'---|' * len(names)}"
    for operation in OPERATIONS:
        yield f"| {operation} | {' | '.join(_met(operation, name) for name in names)} |"


def _met(operation: str, name: str) -> str:
    if name not in documented(operation):
        return ""
    if count := sum(case.answer == name for case in _of(operation)):
        return str(count)
    if name in OF_STATE:
        return "S"
    return "L" if name == "InvalidParameterException" else "–"


def _cases() -> Iterator[str]:
    for operation in OPERATIONS:
        yield f"\n**{operation}**\n"
        for case in sorted(_of(operation), key=lambda case: case.answer):
            yield f"- {case.what}" + (f" → `{case.answer}`" if case.answer else "")


def _of(operation: str) -> list[Case]:
    return [case for case in CASES if case.operation == operation]


if __name__ == "__main__":
    PAGE.write_text(page())
