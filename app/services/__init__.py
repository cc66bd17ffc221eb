"""What the service does, one use case a file. Knows ports, never adapters."""

from dataclasses import dataclass

from app.domain.errors import FaceReconError
from app.domain.jobs import Job
from app.domain.processed import ProcessedImage
from app.event_ports import DeliveryStore, WebhookStore
from app.law_ports import ConsentStore
from app.person_ports import Receipts
from app.ports import (
    AnswerStore,
    CollectionStore,
    GalleryStore,
    ItemStore,
    JobStore,
    MemberStore,
    PhotoStore,
    UnknownStore,
    Worker,
)
from app.services.admit import Admit
from app.services.alive import Alive
from app.services.analyse import Analyse
from app.services.audit import Audit
from app.services.authenticate import Authenticate
from app.services.blacklist import Blacklist
from app.services.by_collection import ByCollection, CalibrationByCollection
from app.services.calibration import Calibration
from app.services.compare import Compare
from app.services.detect import Detect
from app.services.enroll import Enroll, Enrolled
from app.services.enroll_client import EnrollClient
from app.services.erase import Erase
from app.services.evaluate_source import EvaluateSource
from app.services.export import Export
from app.services.gallery_basis import BasisOf
from app.services.group_faces import GroupFaces
from app.services.health import Health
from app.services.identify import Identified, Identify
from app.services.index_source import IndexSource
from app.services.manage_keys import ManageKeys
from app.services.name_group import NameGroup
from app.services.process_gallery import ProcessGallery
from app.services.process_images import ProcessImages
from app.services.reindex import Reindex
from app.services.rekognition import Rekognition
from app.services.retry_job import RetryJob
from app.services.show_face import ShowFace
from app.services.show_photo import ShowPhoto
from app.services.take_in import TakeIn
from app.services.throttle import Throttle
from app.services.verify import Verified, Verify
from app.user_ports import AccessKeyStore
from app.watch_ports import ProcessedStore


@dataclass(frozen=True, slots=True)
class Services:
    """Every use case, ready to call. Built in `app.wiring`, handed to the routes.

    identify_indexed: identify through an index in memory or not at all. Raises IndexNotReady, NotOffered too.
    """

    audit: Audit
    authenticate: Authenticate
    manage_keys: ManageKeys
    enroll: Enroll | ByCollection[..., Enrolled]
    identify: Identify | ByCollection[..., Identified]
    identify_indexed: Identify | ByCollection[..., Identified]
    verify: Verify | ByCollection[..., Verified]
    compare: Compare
    alive: Alive
    detect: Detect
    answers: AnswerStore
    throttle: Throttle
    admit: Admit
    health: Health
    members: MemberStore
    collections: CollectionStore
    consents: ConsentStore
    show_face: ShowFace
    calibration: Calibration | CalibrationByCollection
    galleries: GalleryStore
    photos: PhotoStore
    basis_of: BasisOf
    process_gallery: ProcessGallery
    enroll_client: EnrollClient
    unknown: UnknownStore
    group_faces: GroupFaces
    name_group: NameGroup
    show_photo: ShowPhoto
    jobs: JobStore
    items: ItemStore
    retry_job: RetryJob
    webhooks: WebhookStore
    deliveries: DeliveryStore
    take_in: TakeIn
    index: IndexSource
    reindex: Reindex | ByCollection[..., Job]
    evaluate: EvaluateSource
    analyse: Analyse
    access_keys: AccessKeyStore
    rekognition: Rekognition
    blacklist: Blacklist
    process_images: ProcessImages | ByCollection[..., list[ProcessedImage | FaceReconError]]
    processed: ProcessedStore
    export: Export
    erase: Erase
    receipts: Receipts
    worker: Worker
    watch: Worker


__all__ = ["Services"]
