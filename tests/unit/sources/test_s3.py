import pytest

from app.domain import errors
from app.sources.key import split
from app.sources.s3 import by_code


@pytest.mark.parametrize(
    "uri",
    [
        *("", "bucket/key", "s3://", "s3://bucket", "s3://bucket/", "s3:///key", "gs://bucket/key", "http://a/b"),
        *("s3://bucket/../other/key", "s3://bucket/a/./b", "s3://../key", "s3://user@host/key", "s3://host:80/key"),
        *("s3://bucket/a\x00b", "s3://bucket/a\nb", "s3://bucket/" + "é" * 513, "s3://b%2fc/key"),
    ],
)
def test_a_key_that_is_none_is_refused(uri: str) -> None:
    with pytest.raises(errors.SourceForbidden):
        split(uri, "s3", "r2")


def test_a_key_may_hold_nearly_everything() -> None:
    assert split("R2://my.bucket/a b/ü+#?%2e%2e/..x", "s3", "r2") == ("r2", ("my.bucket", "a b/ü+#?%2e%2e/..x"))


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        *((404, "NoSuchKey", errors.SourceNotFound), (404, "NoSuchBucket", errors.SourceNotFound)),
        *((403, "AccessDenied", errors.SourceDenied), (403, "SignatureDoesNotMatch", errors.SourceDenied)),
        *((403, "InvalidAccessKeyId", errors.SourceDenied), (301, "PermanentRedirect", errors.SourceDenied)),
        *((400, "ExpiredToken", errors.SourceDenied), (503, "SlowDown", errors.SourceUnavailable)),
        *((500, "Odd", errors.SourceUnavailable), (404, "Odd", errors.SourceNotFound), (418, "", errors.SourceRefused)),
    ],
)
def test_an_error_is_told_by_its_code(status: int, code: str, error: type[errors.FaceReconError]) -> None:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>x</Message></Error>".encode()

    assert type(by_code(status, body)) is error
