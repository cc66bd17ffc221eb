"""What the service does, one use case a file. Knows ports, never adapters."""

from dataclasses import dataclass

from app.ports import CollectionStore, MemberStore
from app.services.calibration import Calibration
from app.services.compare import Compare
from app.services.detect import Detect
from app.services.enroll import Enroll
from app.services.health import Health
from app.services.identify import Identify
from app.services.verify import Verify


@dataclass(frozen=True, slots=True)
class Services:
    """Every use case, ready to call. Built in `app.wiring`, handed to the routes.

    identify_indexed: identify through an index in memory or not at all. Raises IndexNotReady too.
    """

    enroll: Enroll
    identify: Identify
    identify_indexed: Identify
    verify: Verify
    compare: Compare
    detect: Detect
    health: Health
    members: MemberStore
    collections: CollectionStore
    calibration: Calibration


__all__ = ["Services"]
