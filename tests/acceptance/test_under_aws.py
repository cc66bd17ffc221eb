"""The heart of the acceptance tests under AWS Rekognition, whose place a second instance takes.

All of them run so with `--backend aws_rekognition`; these few are in every run.
"""

from collections.abc import Iterator

import pytest

from bench.service import Service
from bench.storage import photos_in_s3, settings_for
from tests.acceptance import test_galleries, test_main_job, test_risk
from tests.integration.amazon import Second

ann, bob, photos = test_main_job.ann, test_main_job.bob, test_galleries.photos

test_who_was_enrolled_is_identified = test_main_job.test_who_was_enrolled_is_identified_and_a_stranger_is_not
test_an_enrolment_tells_all = test_main_job.test_an_enrolment_tells_all_that_was_promised
test_the_same_picture_twice = test_main_job.test_the_same_picture_twice_is_the_same_face
test_several_faces_until_replaced = test_main_job.test_a_member_has_several_faces_until_they_are_replaced
test_two_pictures_are_compared = test_main_job.test_two_pictures_are_compared
test_every_face_of_a_group = test_main_job.test_every_face_of_a_group_is_searched_on_demand
test_faces_are_detected = test_main_job.test_faces_are_detected_with_landmarks_and_pose
test_members_are_listed = test_main_job.test_members_are_listed_changed_and_forgotten
test_the_risk_decides = test_risk.test_the_risk_decides_on_the_threshold_and_the_answer_says_what_it_means
test_every_client_finds_their_photos = test_galleries.test_every_client_finds_their_photos_and_nobody_else_s
test_a_client_who_comes_later = test_galleries.test_a_client_who_comes_later_is_answered_with_their_photos_at_once


@pytest.fixture(scope="module")
def service(second: Second, tmp_path_factory: pytest.TempPathFactory, photos: dict[str, bytes]) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("under-aws")
    there = {f"event/{key}": content for key, content in photos.items()}
    there |= {"event/notes.txt": b"no photo", "event/.hidden.jpg": b"x"}
    with photos_in_s3(folder / "s3", there) as storage:
        chosen = {**second.environment, "FACE_PROCESSING_BACKEND": "aws_rekognition"}
        service = Service(folder, {**settings_for(storage), **chosen}).start()
        yield service
        service.stop()
