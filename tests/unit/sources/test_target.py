import pytest

from app.domain.errors import SourceForbidden
from app.sources.target import endpoint, redirected, target, without_secrets

HOSTILE = [
    *("", " ", "x", "/etc/passwd", "//example.com/a", "http://", "http:///a.jpg", "http:example.com", "https://:443/"),
    *("file:///etc/passwd", "ftp://example.com/a.jpg", "gopher://example.com/_x", "data:image/png;base64,AAAA"),
    *(
        "javascript:alert(1)",
        "ldap://example.com/",
        "dict://example.com:11211/",
        "jar:http://example.com!/",
        "s3://b/k",
    ),
    *("http://user@example.com/", "http://user:pw@example.com/", "http://example.com@127.0.0.1/", "http://@a@b/"),
    *("http://127.0.0.1\\@example.com/", "http://example.com\t.evil/", "http://a b/", "http://example.com\r\nHost: x/"),
    *("http://example.com\x00.evil/", "http://１２７.０.０.１/", "http://ⓔxample.com/", "http://[::1/", "http://a:b/"),
    *("http://example.com:99999999/", "http://" + "a" * 9000 + ".com/", "http://[v1.fe80::a]/"),
]


@pytest.mark.parametrize("url", HOSTILE)
def test_an_odd_address_is_refused_before_anything_is_looked_up(url: str) -> None:
    with pytest.raises(SourceForbidden):
        target(url)


@pytest.mark.parametrize("url", ["http://example.com/a.jpg", "HTTPS://Example.COM:443/ä?x=1#y", "http://[2606::1]/"])
def test_a_plain_address_is_read(url: str) -> None:
    assert target(url).scheme in ("http", "https")


@pytest.mark.parametrize("location", ["file:///etc/passwd", "//user@example.com/", "http://", "http://[/"])
def test_a_redirect_obeys_the_same_rules(location: str) -> None:
    with pytest.raises(SourceForbidden):
        redirected(target("https://example.com/a/b"), location)


def test_a_redirect_may_be_relative() -> None:
    assert str(redirected(target("https://example.com/a/b"), "../c?d")) == "https://example.com/c?d"


def test_what_is_kept_of_an_address_holds_no_signature() -> None:
    url = "https://example.com:8443/a/b.jpg?X-Amz-Signature=secret&token=secret#secret"

    assert without_secrets(url) == "https://example.com:8443/a/b.jpg"


def test_an_endpoint_that_is_no_address_is_the_operators_mistake() -> None:
    with pytest.raises(ValueError, match="settings"):
        endpoint("abc.supabase.co")
