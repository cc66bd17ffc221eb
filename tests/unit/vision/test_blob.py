import cv2
import numpy as np
import pytest

from app.vision.blob import BGR, Blobs


@pytest.mark.parametrize(("mean", "divisor"), [(127.5, 128.0), (127.5, 127.5), (0.0, 1.0)])
def test_a_blob_is_that_of_opencv(mean: float, divisor: float) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)

    blob = Blobs(mean, divisor).of([picture, picture[::-1]])

    theirs = cv2.dnn.blobFromImages([picture, picture[::-1]], 1 / divisor, mean=(mean,) * 3)
    assert blob.shape == (2, 3, 64, 96)
    assert blob.dtype == np.float32
    assert np.allclose(blob, theirs, rtol=1e-6, atol=1e-6)


def test_a_model_that_wants_blue_first_has_its_planes_the_other_way_round() -> None:
    picture = np.zeros((32, 32, 3), dtype=np.uint8)
    picture[:] = (1, 2, 3)

    [planes] = Blobs(0, 1, BGR).of([picture])

    assert planes[:, 0, 0].tolist() == [3, 2, 1]
