"""The recogniser's student: 112 × 112 × RGB in, 128 numbers out."""

from torch import Tensor, nn

from models.lite.train.blocks import Deeper, Exact, Separable, dense, initialise

NUMBERS = 128
"""Of an embedding, and of each place of the maps from 14 × 14 places on."""

PLACES = (28, 28, 28, 14, 14, 14, 14, 7, 7)
"""Of the map that each section ends in, along either side."""

MIDDLE, LATE = 6, 8
"""The sections that end in the last map of 14 × 14 and of 7 × 7 places."""


def normalised(faces: Tensor) -> Tensor:
    """Pixels of 0–255 as −1…1. insightface knows such a graph by a subtraction and a product near its top."""
    return (faces - 127.5) * (1 / 127.5)


class Recogniser(nn.Module):
    """A MobileFaceNet of fewer blocks (Chen et al. 2018, https://arxiv.org/abs/1804.07573).

    Each section ends where one of the teacher's blocks ends, in a map of the same shape, so that it can be compared
    with the teacher's map, and learn by itself.
    """

    def __init__(self) -> None:
        super().__init__()
        first = nn.Sequential(dense(3, 32, 2), dense(32, 64, 2), nn.Conv2d(64, 64, 1, bias=False), nn.BatchNorm2d(64))
        self.sections = nn.ModuleList(
            [
                *(first, Separable(64, 128, 64), Separable(64, 128, 64)),
                *(Separable(64, 192, NUMBERS, 2), *(Separable(NUMBERS, 256, NUMBERS) for _ in range(2))),
                *(Deeper(NUMBERS, 256, NUMBERS, 256), Separable(NUMBERS, 384, NUMBERS, 2)),
                Deeper(NUMBERS, 256, NUMBERS, 512),
            ]
        )
        self.end = nn.Sequential(
            nn.Conv2d(NUMBERS, 512, 1),
            nn.ReLU(inplace=True),
            Exact(512, 512, 7, groups=512, bias=False),
            nn.Flatten(),
            nn.Linear(512, NUMBERS),
        )
        initialise(self)

    def forward(self, faces: Tensor) -> tuple[list[Tensor], Tensor]:
        """Turn faces, 0–255, into the maps that the sections end in, and the answer, of any length."""
        maps: list[Tensor] = []
        x = normalised(faces)
        for section in self.sections:
            x = section(x)
            maps.append(x)
        return maps, self.end(x)

    def apart(self, faces: Tensor, maps: list[Tensor]) -> tuple[list[Tensor], Tensor]:
        """The same, where each section is given the teacher's map that it would start from."""
        starts = [normalised(faces), *maps[:-1]]
        ends = [section(start) for section, start in zip(self.sections, starts, strict=True)]
        return ends, self.end(maps[-1])
