"""Every error this service raises on purpose.

FaceReconError
├── InvalidRequest
│   ├── ImageMissing
│   ├── ImageAmbiguous
│   ├── InvalidBase64
│   ├── MemberIdUnknown
│   ├── ReceiptInvalid
│   └── IdempotencyMismatch
├── ConsentRequired
├── HeadTooLarge
├── HeadTooSlow
├── BodyTooLarge
├── BodyTooSlow
├── UnsupportedMediaType
├── UnusableImage
│   ├── ImageUnreadable
│   └── ImageTooLarge
├── UnusableFace
│   ├── NoFace
│   ├── MultipleFaces
│   ├── LowQuality
│   └── SpoofSuspected
├── NotFound
│   ├── RouteNotFound
│   ├── TenantNotFound
│   ├── KeyNotFound
│   ├── CollectionNotFound
│   ├── MemberNotFound
│   ├── FaceNotFound
│   ├── GalleryNotFound
│   ├── ClientNotFound
│   ├── PhotoNotFound
│   ├── GroupNotFound
│   ├── JobNotFound
│   ├── EntryNotFound
│   ├── ImageNotFound
│   ├── WebhookNotFound
│   ├── DeliveryNotFound
│   ├── ConsentNotFound
│   └── AccessKeyNotFound
├── MethodNotAllowed
├── Conflict
│   ├── IdempotencyInProgress
│   ├── ModelMismatch
│   ├── NotCalibrated
│   ├── QuotaExceeded
│   ├── TokenReused
│   ├── NotOffered
│   └── RekognitionDrifted
├── EncryptionKeyMissing
├── SecretUnreadable
├── RateLimited
│   └── TooManyAtOnce
├── RekognitionRefused
├── WorkerLost
├── DeliveryRefused
├── Unauthorized
│   ├── KeyUnknown
│   ├── KeyExpired
│   ├── KeyRevoked
│   ├── TokenInvalid
│   ├── TokenExpired
│   └── TokenSpent
├── Forbidden
├── SourceRefused
│   ├── SourceForbidden
│   ├── SourceNotFound
│   ├── SourceDenied
│   ├── SourceUnreachable
│   ├── SourceTooSlow
│   ├── SourceNotAnImage
│   ├── SourceNotKept
│   ├── SourceChanged
│   └── SourceNotConfigured
└── Unavailable
    ├── SourceUnavailable
    ├── DatabaseUnavailable
    ├── ModelUnavailable
    ├── LivenessUnavailable
    ├── IndexNotReady
    ├── RekognitionUnavailable
    ├── RekognitionDenied
    ├── ReceiverUnavailable
    └── Overloaded

Each class answers three questions once, for every caller: what HTTP status it
means, what slug names it in a problem document, and whether trying again helps.
"""

from typing import ClassVar


class FaceReconError(Exception):
    """The service could not do what was asked."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str | None = None, **extra: object) -> None:
        """Keep what to tell the caller: a sentence, and members of the problem document beside it."""
        super().__init__(detail or self.title())
        self.extra = extra

    @classmethod
    def title(cls) -> str:
        """The first line of the class docstring: the one place a title is written."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]


class InvalidRequest(FaceReconError):
    """The request is not one this endpoint understands."""

    status = 422
    slug = "invalid_request"


class ImageMissing(InvalidRequest):
    """The request carries no image."""

    slug = "image_missing"


class ImageAmbiguous(InvalidRequest):
    """The request carries more than one image where one is wanted."""

    slug = "image_ambiguous"


class InvalidBase64(InvalidRequest):
    """The text is not base64."""

    slug = "invalid_base64"


class MemberIdUnknown(InvalidRequest):
    """The name of the object does not say whose photo it is."""

    slug = "member_id_unknown"


class ReceiptInvalid(InvalidRequest):
    """The text is no receipt that this service signed."""

    slug = "receipt_invalid"


class IdempotencyMismatch(InvalidRequest):
    """The Idempotency-Key was used for another request before."""

    slug = "idempotency_mismatch"


class ConsentRequired(FaceReconError):
    """The collection keeps faces only of members with a valid consent, and this one has none."""

    status = 403
    slug = "consent_required"


class HeadTooLarge(FaceReconError):
    """The request's headers are larger than this server accepts."""

    status = 431
    slug = "head_too_large"


class HeadTooSlow(FaceReconError):
    """The request's headers did not arrive in time."""

    status = 408
    slug = "head_too_slow"


class BodyTooLarge(FaceReconError):
    """The request body is larger than this server accepts."""

    status = 413
    slug = "body_too_large"


class BodyTooSlow(FaceReconError):
    """The request body did not arrive in time."""

    status = 408
    slug = "body_too_slow"


class UnsupportedMediaType(FaceReconError):
    """The body's content type is not one this endpoint reads."""

    status = 415
    slug = "unsupported_media_type"


class UnusableImage(FaceReconError):
    """The image cannot be used."""

    status = 422
    slug = "unusable_image"


class ImageUnreadable(UnusableImage):
    """The bytes are not a picture that can be read."""

    slug = "image_unreadable"


class ImageTooLarge(UnusableImage):
    """The picture has more bytes or pixels than this server accepts."""

    status = 413
    slug = "image_too_large"


class UnusableFace(FaceReconError):
    """The face in the picture cannot be used."""

    status = 422
    slug = "unusable_face"


class NoFace(UnusableFace):
    """No face was found in the picture."""

    slug = "no_face"


class MultipleFaces(UnusableFace):
    """The picture shows several faces where one is wanted."""

    slug = "multiple_faces"


class LowQuality(UnusableFace):
    """The face is not good enough to be enrolled."""

    slug = "low_quality"


class SpoofSuspected(UnusableFace):
    """The face looks like a picture of one, and a live one is required."""

    slug = "spoof_suspected"


class NotFound(FaceReconError):
    """There is no such thing."""

    status = 404
    slug = "not_found"


class RouteNotFound(NotFound):
    """There is nothing at this address."""

    slug = "route_not_found"


class TenantNotFound(NotFound):
    """There is no tenant of that id."""

    slug = "tenant_not_found"


class KeyNotFound(NotFound):
    """There is no key of that id."""

    slug = "key_not_found"


class CollectionNotFound(NotFound):
    """There is no collection of that name."""

    slug = "collection_not_found"


class MemberNotFound(NotFound):
    """There is no member of that id in the collection."""

    slug = "member_not_found"


class FaceNotFound(NotFound):
    """There is no face of that id in the collection."""

    slug = "face_not_found"


class GalleryNotFound(NotFound):
    """There is no gallery of that id."""

    slug = "gallery_not_found"


class ClientNotFound(NotFound):
    """There is no client of that id in the gallery."""

    slug = "client_not_found"


class PhotoNotFound(NotFound):
    """There is no photo of that id in the gallery."""

    slug = "photo_not_found"


class GroupNotFound(NotFound):
    """There is no such group of unknown faces in the gallery, or none of them is unknown any more."""

    slug = "group_not_found"


class JobNotFound(NotFound):
    """There is no job of that id."""

    slug = "job_not_found"


class EntryNotFound(NotFound):
    """There is no entry of that id in the blacklist."""

    slug = "entry_not_found"


class ImageNotFound(NotFound):
    """There is no processed image of that id."""

    slug = "image_not_found"


class WebhookNotFound(NotFound):
    """There is no webhook of that id."""

    slug = "webhook_not_found"


class DeliveryNotFound(NotFound):
    """There is no delivery of that id to the webhook."""

    slug = "delivery_not_found"


class ConsentNotFound(NotFound):
    """The member has no consent of that id."""

    slug = "consent_not_found"


class AccessKeyNotFound(NotFound):
    """There is no access key of that id."""

    slug = "access_key_not_found"


class MethodNotAllowed(FaceReconError):
    """The address does not answer to this method."""

    status = 405
    slug = "method_not_allowed"


class Conflict(FaceReconError):
    """The request contradicts what is already there."""

    status = 409
    slug = "conflict"


class IdempotencyInProgress(Conflict):
    """A request with the same Idempotency-Key is still being worked on."""

    slug = "idempotency_in_progress"
    retryable = True


class ModelMismatch(Conflict):
    """The collection's faces were embedded by another model than the one that is loaded."""

    slug = "model_mismatch"


class NotCalibrated(Conflict):
    """How often the loaded recogniser errs is not known: it has no calibration curve."""

    slug = "not_calibrated"


class QuotaExceeded(Conflict):
    """There are as many of these as there may be."""

    slug = "quota_exceeded"


class TokenReused(Conflict):
    """The token came with another request before."""

    slug = "token_reused"


class EncryptionKeyMissing(FaceReconError):
    """ENCRYPTION_KEY is not set, and without it no secret is kept in this database."""

    status = 422
    slug = "encryption_key_missing"


class SecretUnreadable(FaceReconError):
    """A secret that is kept cannot be read: the key that sealed it is not in ENCRYPTION_KEY."""

    slug = "secret_unreadable"


class RateLimited(FaceReconError):
    """The caller has asked for more than its share."""

    status = 429
    slug = "rate_limited"
    retryable = True


class TooManyAtOnce(RateLimited):
    """The caller has too many calls in hand at once."""

    slug = "too_many_at_once"


class NotOffered(Conflict):
    """Who recognises the faces of this collection does not offer that."""

    slug = "not_offered"


class RekognitionDrifted(Conflict):
    """AWS Rekognition no longer has what is kept of the collection here."""

    slug = "rekognition_drifted"


class RekognitionRefused(FaceReconError):
    """AWS Rekognition refused what it was asked."""

    status = 502
    slug = "rekognition_refused"


class WorkerLost(FaceReconError):
    """Workers that took this up were never heard of again."""

    slug = "worker_lost"


class DeliveryRefused(FaceReconError):
    """Events cannot be delivered there."""

    slug = "delivery_refused"


class Unauthorized(FaceReconError):
    """A valid key is needed."""

    status = 401
    slug = "unauthorized"


class KeyUnknown(Unauthorized):
    """The key is not one of this service's."""

    slug = "key_unknown"


class KeyExpired(Unauthorized):
    """The key was valid until a time that is past."""

    slug = "key_expired"


class KeyRevoked(Unauthorized):
    """The key was revoked."""

    slug = "key_revoked"


class TokenInvalid(Unauthorized):
    """The token is not one that this service trusts."""

    slug = "token_invalid"


class TokenExpired(Unauthorized):
    """The token was valid until a time that is past."""

    slug = "token_expired"


class TokenSpent(Unauthorized):
    """The token was used as often as it may be."""

    slug = "token_spent"


class Forbidden(FaceReconError):
    """The key does not allow this."""

    status = 403
    slug = "forbidden"


class SourceRefused(FaceReconError):
    """The picture cannot be had from where the request says."""

    status = 422
    slug = "source_refused"


class SourceForbidden(SourceRefused):
    """Pictures are not fetched from there."""

    slug = "source_forbidden"


class SourceNotFound(SourceRefused):
    """The source has no such object."""

    slug = "source_not_found"


class SourceDenied(SourceRefused):
    """The source does not let this service read the object."""

    slug = "source_denied"


class SourceUnreachable(SourceRefused):
    """The host that the request names cannot be reached."""

    slug = "source_unreachable"


class SourceTooSlow(SourceRefused):
    """The source did not send the picture in time."""

    slug = "source_too_slow"
    retryable = True


class SourceNotAnImage(SourceRefused):
    """The source answered with a page, not with a picture."""

    slug = "source_not_an_image"


class SourceNotKept(SourceRefused):
    """The picture was sent with the request, and nobody has kept it."""

    slug = "source_not_kept"


class SourceChanged(SourceRefused):
    """The source holds another picture by now."""

    slug = "source_changed"


class SourceNotConfigured(SourceRefused):
    """That kind of source has no settings here."""

    slug = "source_not_configured"


class Unavailable(FaceReconError):
    """Something this service depends on did not answer."""

    status = 503
    slug = "unavailable"
    retryable = True


class SourceUnavailable(Unavailable):
    """The image source did not answer."""

    slug = "source_unavailable"


class DatabaseUnavailable(Unavailable):
    """The database did not answer."""

    slug = "database_unavailable"


class ModelUnavailable(Unavailable):
    """The model is not loaded."""

    slug = "model_unavailable"


class LivenessUnavailable(Unavailable):
    """Nothing here can tell a live face from a picture of one: its models are not installed."""

    slug = "liveness_unavailable"


class IndexNotReady(Unavailable):
    """The collection has no index in memory yet."""

    slug = "index_not_ready"


class RekognitionUnavailable(Unavailable):
    """AWS Rekognition did not answer, or has too much to do."""

    slug = "rekognition_unavailable"


class RekognitionDenied(Unavailable):
    """AWS does not let this service ask: its keys are missing, wrong, expired, or allow too little."""

    slug = "rekognition_denied"


class ReceiverUnavailable(Unavailable):
    """The receiver did not take the event."""

    slug = "receiver_unavailable"


class Overloaded(Unavailable):
    """The service has more work in hand than it can hold."""

    slug = "overloaded"
