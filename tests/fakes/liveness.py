"""A check that reads its pictures instead of looking at them."""

from collections.abc import Sequence

from app.domain.faces import AlignedFace


class FakeLivenessCheck:
    """b"ann" is Ann herself; b"ann#" is a picture of a picture of somebody called ann#."""

    model = "fake"

    async def scores(self, image: bytes, faces: Sequence[AlignedFace]) -> list[float]:
        names = [face.crop.tobytes().decode().strip() for face in faces]
        assert all(name in image.decode() for name in names)
        return [0.1 if name.endswith("#") else 0.9 for name in names]
