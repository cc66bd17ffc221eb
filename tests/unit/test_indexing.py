"""Whose photo an object is, by its key."""

from dataclasses import replace

import pytest

from app.domain.errors import InvalidRequest, MemberIdUnknown
from app.domain.indexing import IndexPlan, Naming
from app.domain.matching import FaceSelection
from app.domain.storage import Folder

PLAN = IndexPlan(
    Folder.parse("s3://people/staff/"), Naming("folder"), "No. {member_id}", FaceSelection.LARGEST, replace=True
)


@pytest.mark.parametrize(
    ("template", "path", "member_id"),
    [
        ("stem", "ana.jpg", "ana"),
        ("stem", "2026/ana.front.jpg", "ana.front"),
        ("folder", "ana/1.jpg", "ana"),
        ("folder", "2026/ana/1.jpg", "ana"),
        ("{member_id}/{any}", "ana/2026/1.jpg", "ana"),
        ("{any}/{member_id}/{any}", "2026/ana/front/1.jpg", "ana"),
        ("{member_id}_{any}.jpg", "ana_front_1.jpg", "ana"),
        ("IMG-{any}-{member_id}.jpg", "IMG-7-ana-maria.jpg", "ana-maria"),
        ("{any}.{member_id}", "a.b.c", "b.c"),
        ("{member_id}", "ana.jpg", "ana.jpg"),
    ],
)
def test_a_key_says_whose_photo_it_is(template: str, path: str, member_id: str) -> None:
    assert Naming(template).member_id(path) == member_id


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("folder", "ana.jpg"),
        ("{member_id}_{any}.jpg", "ana.jpg"),
        ("{member_id}_{any}.jpg", "_1.jpg"),
        ("{member_id}_{any}.jpg", "2026/ana_1.jpg"),
        ("{member_id}_{any}.jpg", "ana_1.png"),
        ("people/{member_id}.jpg", "staff/ana.jpg"),
        ("stem", " .jpg"),
        ("stem", "x" * 256 + ".jpg"),
        ("stem", "a\x07b.jpg"),
        ("folder", "../1.jpg"),
    ],
)
def test_a_key_that_says_nothing_is_refused(template: str, path: str) -> None:
    with pytest.raises(MemberIdUnknown):
        Naming(template).member_id(path)


@pytest.mark.parametrize(
    "template",
    [
        "",
        "name",
        "{any}",
        "{member_id}{any}",
        "{any}{member_id}",
        "{member_id}/{member_id}",
        "{member_id}/{x}",
        "{{member_id}}",
    ],
)
def test_a_template_that_is_none_is_refused(template: str) -> None:
    with pytest.raises(InvalidRequest):
        Naming(template)


def test_the_longest_key_and_the_most_placeholders_are_read_without_going_back() -> None:
    template = "a{any}" * 300 + "a{member_id}b"

    with pytest.raises(MemberIdUnknown):
        Naming(template).member_id("a" * 1024)


@pytest.mark.parametrize(
    ("prefix", "key", "path"),
    [
        ("", "ana/1.jpg", "ana/1.jpg"),
        ("staff/", "staff/ana/1.jpg", "ana/1.jpg"),
        ("staff", "staff/ana/1.jpg", "ana/1.jpg"),
        ("staff/an", "staff/ana/1.jpg", "ana/1.jpg"),
        ("st", "staff.jpg", "staff.jpg"),
    ],
)
def test_templates_see_the_path_below_the_prefix(prefix: str, key: str, path: str) -> None:
    assert replace(PLAN, source=Folder.parse(f"s3://people/{prefix}")).path(key) == path


def test_a_plan_comes_back_from_what_is_kept_with_the_job() -> None:
    assert IndexPlan.of(PLAN.request()) == PLAN
    assert IndexPlan.of(replace(PLAN, name=None).request()).name_of("7") is None
    assert PLAN.name_of("7") == "No. 7"
