"""What the results of a gallery depend on: the gallery's own wishes, over the service's."""

from dataclasses import dataclass

from app.domain.galleries import Basis, Gallery
from app.ports import Recogniser
from app.services.judge import Judge

GALLERY_FMR = 1e-5
"""False match rate of a gallery that does not say how sure it wants to be. Every face of every photo is held against
every client: with 100 clients and 10,000 faces of others that is a million comparisons, of which ten may go wrong."""


@dataclass(frozen=True, slots=True)
class BasisOf:
    """Without a wish of its own a gallery has the service's threshold, or that of GALLERY_FMR if it is higher."""

    recogniser: Recogniser
    judge: Judge

    def __call__(self, gallery: Gallery) -> Basis:
        policy = self.judge.policy.at(self._least() if gallery.threshold is None else gallery.threshold)
        return Basis(self.recogniser.model, policy.threshold, policy.review_margin, gallery.max_faces)

    def _least(self) -> float:
        usual, curve = self.judge.policy.threshold, self.judge.shipped
        return max(usual, curve.threshold(GALLERY_FMR)) if curve else usual
