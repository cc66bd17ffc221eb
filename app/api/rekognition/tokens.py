"""Where a listing goes on, as clients carry it: opaque, at most 255 characters, and only for the listing it is of."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from app.api.rekognition.wire import AwsError


def written(listing: str, last: str) -> str | None:
    """The token of what comes behind `last`, None where that is nothing. listing: one letter or a few."""
    return urlsafe_b64encode(f"{listing}\n{last}".encode()).decode().rstrip("=") if last else None


def read(listing: str, token: str | None) -> str:
    """Behind what the listing goes on, "" from its beginning. Raises AwsError for a token of another one."""
    if token is None:
        return ""
    try:
        of, _, last = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition("\n")
    except ValueError:
        of = last = ""
    if of != listing or not last or written(of, last) != token:
        raise AwsError("InvalidPaginationTokenException", "The pagination token is not one of this listing.")
    return last
