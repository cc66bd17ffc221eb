"""Enrol five people, show the service other photographs of them and a stranger, and check every answer.

Photographs come from DEMO_IMAGES: a folder (or zip) of PERSON/*.jpg with at least six people of two photographs each.
Where it is unset and there are no others, six people are shown whom every machine has: see demo.portraits.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from bench.photos import NoPhotos, People, Photo, people, usual_place
from bench.serve import client
from bench.service import NotServing
from demo import portraits

# Of the photographs that are used where DEMO_IMAGES is unset. The last one stays a stranger.
PREFERRED = ("Serena_Williams", "Kofi_Annan", "Gwyneth_Paltrow", "Yao_Ming", "Vicente_Fox", "Tiger_Woods")
CAST = len(PREFERRED)

Answer = dict[str, Any]


class Show:
    """A table that grows by a line for each answer, and remembers whether all were right."""

    def __init__(self) -> None:
        self.table = Table("asked", "about", "answer", "similarity", "", title="Is it who it should be?")
        self.right = True

    def line(self, asked: str, about: str, answer: Answer, verdict: str, *, right: bool) -> None:
        """Add an answer. A problem document is shown by its code and message."""
        if "code" in answer:
            verdict = f"{answer['code']}: {answer['message']}"
        similarity = answer.get("best_similarity") or answer.get("similarity")
        shown = f"{similarity:.2f}" if similarity else ""
        self.table.add_row(asked, about, verdict, shown, "[green]✓[/]" if right else "[red]✗[/]")
        self.right = self.right and right


def main() -> int:
    """Run the demonstration. 0 if all answers are right, 1 if one is not, 2 if it could not be held."""
    console = Console()
    try:
        *members, stranger = _everybody(console)
        console.print("Starting a service with an empty database …")
        with client() as http:
            show = _hold(http, members, stranger)
    except (NoPhotos, NotServing) as trouble:
        console.print(str(trouble), markup=False)
        return 2
    console.print(show.table)
    return 0 if show.right else 1


def _everybody(console: Console) -> list[tuple[str, Sequence[Photo]]]:
    """Who takes part: from DEMO_IMAGES, else from the usual place, else those whom every machine has."""
    told, usual = os.environ.get("DEMO_IMAGES"), usual_place()
    if told or usual.exists():
        return _cast(people(Path(told or usual)))
    console.print("No photographs here (DEMO_IMAGES is unset): six people from installed packages, each shown twice.")
    return _cast(portraits.people())


def _cast(everybody: People) -> list[tuple[str, Sequence[Photo]]]:
    names = PREFERRED if set(PREFERRED) <= set(everybody) else tuple(everybody)[:CAST]
    if len(names) < CAST:
        msg = f"The demonstration needs {CAST} people of two photographs each, there are {len(names)}: see DEMO_IMAGES."
        raise NoPhotos(msg)
    return [(name, everybody[name]) for name in names]


def _hold(
    http: httpx2.Client, members: list[tuple[str, Sequence[Photo]]], stranger: tuple[str, Sequence[Photo]]
) -> Show:
    show = Show()
    for name, photos in members:
        _enroll(http, show, name, photos[0])
    for name, photos in members:
        _identify(http, show, name, photos[1])
    unknown, their = stranger
    _identify(http, show, unknown, their[0], expected="")
    (first, photos), (second, others) = members[:2]
    _verify(http, show, first, photos[1], f"{first}, another photo", expected=True)
    _verify(http, show, second, photos[1], f"{second}, same photo", expected=False)
    _compare(http, show, f"{first}, two photos", photos[:2], expected=True)
    _compare(http, show, f"{first}, {second}", (photos[0], others[0]), expected=False)
    return show


def _enroll(http: httpx2.Client, show: Show, name: str, photo: Photo) -> None:
    fields = {"member_id": name, "name": _spoken(name), "face_selection": "largest"}
    answer = _post(http, "/enroll", fields, file=photo)
    verdict = f"quality {answer.get('quality', {}).get('score', 0):.2f}"
    show.line("enroll", _spoken(name), answer, verdict, right=answer.get("member_id") == name)


def _identify(http: httpx2.Client, show: Show, name: str, photo: Photo, expected: str | None = None) -> None:
    answer = _post(http, "/identify", {}, file=photo)
    found = answer.get("best_member_id", "") if answer.get("matched") else ""
    about = _spoken(name) if expected is None else f"{_spoken(name)} (stranger)"
    right = "code" not in answer and found == (name if expected is None else expected)
    show.line("identify", about, answer, _spoken(found) or "nobody", right=right)


def _verify(http: httpx2.Client, show: Show, name: str, photo: Photo, about: str, *, expected: bool) -> None:
    answer = _post(http, "/verify", {"member_id": name}, file=photo)
    same = answer.get("verified")
    verdict = "is the member" if same else "is not the member"
    show.line("verify", _spoken(about), answer, verdict, right=same is expected)


def _compare(http: httpx2.Client, show: Show, about: str, pair: Sequence[Photo], *, expected: bool) -> None:
    answer = _post(http, "/compare", {}, a_file=pair[0], b_file=pair[1])
    same = answer.get("same_person")
    verdict = "the same person" if same else "different people"
    show.line("compare", _spoken(about), answer, verdict, right=same is expected)


def _post(http: httpx2.Client, path: str, fields: dict[str, str], **photos: Photo) -> Answer:
    files = {part: ("photo.jpg", photo()) for part, photo in photos.items()}
    answer: Answer = http.post(path, data=fields, files=files).json()
    return answer


def _spoken(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    sys.exit(main())
