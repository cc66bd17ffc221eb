import pytest

from app.domain.errors import (
    FaceReconError,
    SourceDenied,
    SourceForbidden,
    SourceNotFound,
    SourceRefused,
    SourceUnavailable,
)
from app.sources.supabase import by_code, explain, readings


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("123.jpg", [("profiles", "123.jpg")]),
        ("/123.jpg", [("profiles", "123.jpg")]),
        ("membros/123.jpg", [("profiles", "membros/123.jpg"), ("membros", "123.jpg")]),
        ("/membros/123.jpg", [("profiles", "membros/123.jpg")]),
        ("profiles/membros/123.jpg", [("profiles", "membros/123.jpg")]),
        ("/profiles/a.jpg", [("profiles", "profiles/a.jpg")]),
        ("profiles", [("profiles", "profiles")]),
        ("supabase://other/a/b.jpg", [("other", "a/b.jpg")]),
        (" a%20b/c.jpg ", [("profiles", "a b/c.jpg"), ("a b", "c.jpg")]),
    ],
)
def test_a_path_is_read_as_the_documentation_says(path: str, meant: list[tuple[str, str]]) -> None:
    if path.startswith(" "):
        meant = meant[:1]

    found = readings(path, "profiles")

    assert [next(found) for _ in meant] == meant


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "..", "../other/a.jpg", "a/../../b.jpg", "a/./b.jpg", "%2e%2e/other/a.jpg", "a/%2E%2e/b"),
        *("a%252e%252e", "%252e%252e/a", "a\x00b", "a%00b", "s3://b/k", "supabase://b", "supabase:///k", "x" * 1025),
        *("http://127.0.0.1/a", "supabase://../k", "a\nb"),
    ],
)
def test_a_path_that_climbs_or_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(SourceForbidden):
        list(readings(path, "profiles"))


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        *(("NoSuchKey", "404", SourceNotFound), ("NoSuchBucket", "404", SourceNotFound)),
        *(("AccessDenied", "403", SourceDenied), ("InvalidJWT", "400", SourceDenied)),
        *(("SlowDown", "503", SourceUnavailable), ("400", "404", SourceNotFound), ("400", 403, SourceDenied)),
        *(("LibraryError", 502, SourceUnavailable), ("400", "400", SourceRefused), ("Odd", "?", SourceRefused)),
    ],
)
def test_an_error_is_told_by_the_code_in_its_body(code: str, status: str | int, error: type[FaceReconError]) -> None:
    assert type(by_code(code, status)) is error


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"statusCode":"404","error":"not_found","message":"Object not found","code":"NoSuchKey"}', SourceNotFound),
        (b'{"statusCode":"404","error":"not_found","message":"Object not found"}', SourceNotFound),
        *((b"[]", SourceRefused), (b"", SourceRefused), (b"<html>", SourceRefused), (b"\xff\xfe", SourceRefused)),
    ],
)
def test_http_400_alone_says_nothing(body: bytes, error: type[FaceReconError]) -> None:
    assert type(explain(400, body)) is error
