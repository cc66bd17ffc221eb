"""Whether a HEIC or AVIF file is all there, by the boxes it is made of (ISO/IEC 14496-12, clause 4.2)."""

_SHORT_HEADER = 8
_TO_THE_END, _LONG = 0, 1


def complete(content: bytes) -> bool:
    """No box runs over the end of the file. libheif itself decodes what it has and does not say."""
    at = 0
    while at + _SHORT_HEADER <= len(content):
        size = int.from_bytes(content[at : at + 4])
        if size == _TO_THE_END:
            return True
        if size == _LONG:
            size = int.from_bytes(content[at + 8 : at + 16])
        if size < _SHORT_HEADER:
            return False
        at += size
    return at == len(content)
