"""Who is who in one photo: each face one client at most, each client one face at most, the best total."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from app.domain.galleries import Assigned, Basis, Pair
from app.domain.matching import Decision, Policy


def assign(pairs: Sequence[Pair], basis: Basis) -> list[Assigned]:
    """Choose among the pairs of a photo; those below the review band are nobody's.

    Jointly and not face by face (the assignment problem, Kuhn 1955): two sisters in one photo may both be most like
    the first of them, and the second then has the other face. A pair counts by how far it is above the review band's
    lower end.
    """
    policy = Policy(basis.threshold, basis.review_margin)
    worth = [pair for pair in pairs if policy.decide(pair.similarity) is not Decision.NO_MATCH]
    chosen = worth if _apart(worth) else _best(worth, basis.threshold - basis.review_margin)
    return [Assigned(pair, policy.decide(pair.similarity)) for pair in chosen]


def _apart(pairs: Sequence[Pair]) -> bool:
    """Whether no face and no client stands in two pairs: then there is nothing to choose."""
    faces, clients = Counter(pair.face_id for pair in pairs), Counter(pair.client_id for pair in pairs)
    return len(faces) == len(clients) == len(pairs)


def _best(pairs: Sequence[Pair], least: float) -> list[Pair]:
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - takes a second, and is seldom needed

    faces, clients = sorted({pair.face_id for pair in pairs}), sorted({pair.client_id for pair in pairs})
    table = {(faces.index(pair.face_id), clients.index(pair.client_id)): pair for pair in pairs}
    gain = np.zeros((len(faces), len(clients)))
    for place, pair in table.items():
        gain[place] = pair.similarity - least
    rows, columns = linear_sum_assignment(gain, maximize=True)
    places = zip(rows.tolist(), columns.tolist(), strict=True)
    return [table[place] for place in places if place in table]
