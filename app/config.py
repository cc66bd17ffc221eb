"""Every setting, its default and what it does. Read once, frozen, and handed on by the wiring alone.

Names in the environment are the prefix of a group and the name of a field, in capitals: FACE_MODEL_PACK.
An empty value counts as unset.
"""

from base64 import b64decode
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretBytes, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MEGABYTE = 1_000_000
KEY_BYTES = 32


def _words(text: object) -> object:
    return text.replace(",", " ").split() if isinstance(text, str) else text


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
HttpAddress = Annotated[str, Field(pattern=r"^(https?://[^/\s]+.*)?$")]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_words)]


def _key(text: object) -> object:
    """The bytes of a key. Its text is in no message: what is wrong with it is secret, too."""
    try:
        key = b64decode(str(text).translate({ord("-"): "+", ord("_"): "/"}), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        msg = "each key is base64 of 32 bytes, as `openssl rand -base64 32` makes"
        raise ValueError(msg)
    return key


def _trusted(claim: str) -> str:
    if claim.startswith("user_metadata"):
        msg = "user_metadata is what users write about themselves; app_metadata is not"
        raise ValueError(msg)
    return claim


Claim = Annotated[str, AfterValidator(_trusted)]


def group(prefix: str = "") -> SettingsConfigDict:
    """How one group of settings is read from the environment."""
    return SettingsConfigDict(env_prefix=prefix, env_ignore_empty=True, frozen=True, extra="ignore")


class Server(BaseSettings):
    model_config = group()

    service_name: str = Field("svc-face-recon", description="The name in logs, metrics and the API's title.")
    host: str = Field("127.0.0.1", description="Address to listen on. Beyond loopback an ADMIN_TOKEN must be set.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    web_concurrency: int = Field(1, ge=1, le=64, description="Processes that serve. They share the cores.")
    root_path: str = Field("", description="Prefix under which a proxy shows the service, e.g. /face.")
    cors_origins: Words = Field((), description="Origins that browsers may call from, by commas; * for any.")
    admin_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="The operator's key, as X-API-Key or Bearer; makes tenants and keys. Unset: loopback only.",
    )
    body_timeout_seconds: float = Field(30, gt=0, description="Longest that a request's body may take to arrive.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged."
    )


class Database(BaseSettings):
    model_config = group()

    data_dir: Path = Field(Path("data"), description="Folder of the embedded database, uploads and caches.")
    database_url: SecretStr | None = Field(
        None, description="Postgres ≥ 15 with pgvector ≥ 0.8, poolers included. Unset: an embedded one in DATA_DIR."
    )
    database_pool_size: int = Field(8, ge=1, le=100, description="Connections kept by each process.")
    database_timeout_seconds: float = Field(10, gt=0, description="Longest wait for a connection or for one statement.")


class Secrets(BaseSettings):
    model_config = group()

    encryption_key: Annotated[
        tuple[Annotated[SecretBytes, BeforeValidator(_key)], ...], NoDecode, BeforeValidator(_words)
    ] = Field(
        (),
        description="Base64 of 32 bytes, to encrypt kept secrets with; several by commas: the first encrypts, all "
        "decrypt. Unset: a file in DATA_DIR with the embedded database; with DATABASE_URL no new secrets are kept.",
    )


class Face(BaseSettings):
    model_config = group("FACE_")

    model_root: Path | None = Field(
        None,
        description="Folder that holds models/<pack>/*.onnx. Then ./models, ~/.insightface and, for the pack lite, the "
        "service's own folder are searched.",
    )
    model_pack: str = Field(
        "", description="Model pack, see `python -m app models list`. Unset: the first one present."
    )
    provider: str = Field(
        "auto",
        description="What models run in: auto (the fastest that computes the same), cpu, openvino, cuda or tensorrt. "
        "What is named and not there refuses to start.",
    )
    threads: int = Field(0, ge=0, le=256, description="Pictures worked on at once in a process. 0: cores / processes.")
    detection_size: int = Field(
        640, ge=160, le=1920, multiple_of=32, description="Longest side, in pixels, at which faces are searched."
    )
    license_mode: Literal["any", "commercial"] = Field(
        "any", description="commercial refuses to load a pack whose licence forbids commercial use."
    )
    recognition_threshold: float = Field(
        0.35,
        ge=0,
        le=1,
        description="Least cosine similarity that counts as the same person, unless a call says otherwise.",
    )
    review_margin: float = Field(
        0.05, ge=0, le=1, description="Similarities less than this below the threshold are for a person to review."
    )
    processing_backend: Literal["insightface", "aws_rekognition"] = Field(
        "insightface",
        description="Who recognises the faces of collections that do not say so: insightface (our own engine with any "
        "pack) or aws_rekognition (see AWS_REKOGNITION_COLLECTION_PREFIX).",
    )
    shadow_backend: Literal["", "insightface", "aws_rekognition"] = Field(
        "", description="Who is asked too, for comparison alone; FACE_PROCESSING_BACKEND answers."
    )


class Liveness(BaseSettings):
    model_config = group("LIVENESS_")

    mode: Literal["off", "report", "require"] = Field(
        "off",
        description="The least that is done about liveness in every call; a collection or a call may ask for more. "
        "report and require refuse to start without models.",
    )
    model: str = Field(
        "", description="Models of liveness, see `python -m app models list`. Unset: the first present, if any."
    )
    threshold: float | None = Field(
        None, ge=0, le=1, description="Least score of a live face. Unset: 0.5 for MiniFASNet, 0.8 for InsightFace's."
    )


class Search(BaseSettings):
    model_config = group("SEARCH_")

    backend: Literal["auto", "pgvector", "faiss"] = Field(
        "auto",
        description="Who searches: pgvector (Postgres alone, exactly), faiss (an index in memory, once it is built), "
        "or auto (whichever was measured to be faster, collection by collection).",
    )
    index_faces: int = Field(
        5_000, ge=1, description="Least faces of a collection that is given an index in memory, in DATA_DIR/index."
    )
    threads: int = Field(
        0, ge=0, le=256, description="Cores that one search may use in a process. 0: cores / processes."
    )
    recall_sample: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Share of an index's answers that are checked against an exact search, for metrics.",
    )


class Images(BaseSettings):
    model_config = group()

    max_image_bytes: int = Field(15 * MEGABYTE, ge=1024, description="Largest picture that is read, in bytes.")
    max_image_pixels: int = Field(
        50 * MEGABYTE, ge=4096, le=200 * MEGABYTE, description="Largest picture that is decoded, in pixels."
    )
    max_faces_per_image: int = Field(
        5, ge=1, le=1000, description="Most faces of a picture that are searched, largest first."
    )
    enroll_min_quality: float = Field(0.3, ge=0, le=1, description="Least quality of a face that may be enrolled.")


class Fetch(BaseSettings):
    model_config = group("FETCH_")

    timeout_seconds: float = Field(15, gt=0, description="Longest that fetching one picture may take in all.")
    first_byte_seconds: float = Field(5, gt=0, description="Longest wait for a source to begin its answer.")
    min_bytes_per_second: int = Field(
        16_384, ge=0, description="A source that sends slower than this, after its first second, is cut off."
    )
    max_redirects: int = Field(4, ge=0, le=10, description="Most redirects that are followed.")
    allow_networks: Networks = Field(
        (), description="Private networks that image_url may point into after all (CIDR, by commas)."
    )


class Supabase(BaseSettings):
    model_config = group("SUPABASE_")

    url: HttpAddress = Field("", description="Address of the Supabase project, e.g. https://abc.supabase.co.")
    service_role_key: SecretStr | None = Field(
        None, description="Its secret key: sb_secret_… or the older service_role."
    )
    storage_bucket: str = Field("profiles", description="Bucket of a supabase_path that names none.")
    jwt_secret: SecretStr | None = Field(
        None, min_length=32, description="Legacy JWT secret of a project that signs its users' tokens with it (HS256)."
    )


class User(BaseSettings):
    model_config = group("USER_")

    may: Annotated[tuple[Literal["verify", "enroll", "privacy"], ...], NoDecode, BeforeValidator(_words)] = Field(
        (),
        description="verify, enroll, privacy (export or erase what is held of them): what an app's users may do as "
        "themselves, by their own tokens. Unset: nothing.",
    )
    issuer: HttpAddress = Field("", description="Who must have signed their tokens. Unset: SUPABASE_URL/auth/v1.")
    jwks_url: HttpAddress = Field("", description="Where the signers' keys are. Unset: ISSUER/.well-known/jwks.json.")
    audience: str = Field("authenticated", min_length=1, description="For whom their tokens must be.")
    tenant: str = Field("default", min_length=1, description="The tenant whose users they are.")
    tenant_claim: Claim = Field("", description="Claim that names the tenant instead, e.g. app_metadata.tenant.")
    member_claim: Claim = Field("sub", min_length=1, description="Claim that says which member a user is.")
    collection: str = Field("default", min_length=1, description="The collection that they are members of.")


class S3(BaseSettings):
    model_config = group("S3_")

    endpoint_url: HttpAddress = Field("", description="Address of an S3 service other than AWS (MinIO, Supabase, B2).")
    region: str = Field("us-east-1", description="Region of the buckets.")
    access_key_id: str = Field("", description="Access key for s3:// keys.")
    secret_access_key: SecretStr | None = Field(None, description="Secret of that access key.")


class R2(BaseSettings):
    model_config = group("R2_")

    endpoint_url: HttpAddress = Field("", description="https://<account>.r2.cloudflarestorage.com, for r2:// keys.")
    access_key_id: str = Field("", description="Access key of Cloudflare R2.")
    secret_access_key: SecretStr | None = Field(None, description="Secret of that access key.")


class Uploads(BaseSettings):
    model_config = group("UPLOADS_")

    folder: str = Field(
        "",
        pattern=r"^((s3|r2|supabase)://[^/\s]+(/.*)?)?$",
        description="Where pictures to be analysed are kept: s3://bucket/prefix/, r2://bucket/prefix/ or "
        "supabase://bucket/prefix/. Unset: DATA_DIR/uploads.",
    )


class ProcessImages(BaseSettings):
    model_config = group("PROCESS_IMAGES_")

    root: Path | None = Field(
        None, description="Folder of this machine from which `path` may name pictures. Unset: `path` is refused."
    )
    most: int = Field(20, ge=1, le=1000, description="Most pictures of one call.")
    max_bytes: int = Field(
        100 * MEGABYTE, ge=1024, description="Largest body of a call with several pictures, in bytes."
    )
    max_faces: int = Field(
        100, ge=1, le=100, description="Most faces of a picture that are searched for entries, largest first."
    )
    keep_days: int = Field(365, ge=1, description="How long it is kept who was found in which picture.")


class Worker(BaseSettings):
    model_config = group("WORKER_")

    in_process: bool | None = Field(
        None,
        description="Work in the background inside the serving process too. Unset: with the embedded database only; "
        "elsewhere run `python -m app worker` beside it.",
    )
    concurrency: int = Field(
        0, ge=0, le=64, description="Tasks that a worker has in hand at once. 0: two for each thread, and two more."
    )
    attempts: int = Field(5, ge=1, le=100, description="How often work is tried before it is a dead letter.")
    retry_seconds: float = Field(2, gt=0, description="Wait before the second attempt; it doubles with every one.")
    retry_seconds_most: float = Field(600, gt=0, description="Longest wait between two attempts.")
    heartbeat_seconds: float = Field(5, gt=0, description="Time between two signs of life of a worker.")
    stalled_seconds: float = Field(
        20, gt=0, description="A worker that gave no sign of life for so long is dead: its work is done by others."
    )
    metrics_host: str = Field("127.0.0.1", description="Address at which a worker shows its metrics.")
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port at which `python -m app worker` shows its metrics. 0: it shows none."
    )
    evaluate_photos: int = Field(15_000, ge=2, description="Most photos that `POST /evaluate` measures in one job.")
    keep_jobs_days: int = Field(30, ge=1, description="How long jobs that ended are listed.")


class Limit(BaseSettings):
    model_config = group("LIMIT_")

    pictures_a_minute: int = Field(
        1_200,
        ge=0,
        description="Most pictures that one key may have enrolled in a minute, and as many identified. 0: no limit. "
        "The admin token is never limited.",
    )
    calls_a_minute: int = Field(6_000, ge=0, description="Most other calls of one key in a minute. 0: no limit.")
    at_once: int = Field(32, ge=0, description="Most calls of one key that a process has in hand. 0: no limit.")
    wait_seconds: float = Field(
        2,
        ge=0,
        description="Longest that a call with pictures may have to wait for its turn, whoever sends it; beyond that it "
        "is refused before it is read. 0: no limit.",
    )


class Audit(BaseSettings):
    model_config = group("AUDIT_")

    keep_days: int = Field(0, ge=0, description="How long lines of the audit log are kept. 0: for ever.")


class Webhook(BaseSettings):
    model_config = group("WEBHOOK_")

    timeout_seconds: float = Field(10, gt=0, description="Longest that telling one receiver of one event may take.")
    allow_networks: Networks = Field(
        (), description="Private networks that webhooks may lead into after all, over http too (CIDR, by commas)."
    )
    attempts: int = Field(14, ge=1, le=100, description="How often an event is sent before its delivery has failed.")
    retry_seconds: float = Field(10, gt=0, description="Wait before the second attempt; it doubles with every one.")
    retry_seconds_most: float = Field(43_200, gt=0, description="Longest wait between two attempts.")
    concurrency: int = Field(16, ge=1, le=64, description="Events that a worker has under way at once.")


class Events(BaseSettings):
    model_config = group("EVENTS_")

    keep_days: int = Field(30, ge=1, description="How long events and their deliveries are kept.")
    sqs_results_url: HttpAddress = Field(
        "", description="SQS queue that is told of photos, matches, galleries and analyses that are done."
    )
    sqs_failures_url: HttpAddress = Field("", description="SQS queue that is told of work that failed for good.")
    sns_alerts_arn: str = Field("", description="SNS topic that is told of it too, in words for a person.")
    region: str = Field("", description="Region of these. Unset: as AWS's own tools find it (AWS_REGION).")
    endpoint_url: HttpAddress = Field("", description="Address of an SQS and SNS service other than AWS.")


class Aws(BaseSettings):
    model_config = group("AWS_")

    region: str = Field("", description="Region of Rekognition and of the bucket. Unset: as AWS's own tools find it.")
    rekognition_collection_prefix: str = Field(
        "",
        pattern=r"^[a-zA-Z0-9_.\-]{0,30}$",
        description="What the names of our collections at AWS begin with, unlike those of any other service of the "
        "account. Unset: AWS Rekognition is not used. Keys come by AWS's usual chain.",
    )
    s3_bucket_name: str = Field(
        "", description="Bucket for pictures beyond 5 MB, under staging/, each for a moment. Unset: they are reduced."
    )
    endpoint_url_rekognition: HttpAddress = Field("", description="Address of a Rekognition other than AWS's.")
    endpoint_url_s3: HttpAddress = Field("", description="Address of the bucket's S3 service, if it is not AWS's.")
    rekognition_concurrency: int = Field(8, ge=1, le=64, description="Calls of AWS at once in each process.")
    rekognition_attempts: int = Field(
        5, ge=1, le=20, description="How often AWS is asked before a call has failed, with growing waits between."
    )
    rekognition_timeout_seconds: float = Field(15, gt=0, description="Longest wait for one answer of AWS.")


class Rekognition(BaseSettings):
    model_config = group("REKOGNITION_")

    storage: Literal["s3", "r2", "supabase"] = Field(
        "s3", description="Which storage the bucket of an S3Object is in, where AWS's clients call POST /rekognition/."
    )


class Ops(BaseSettings):
    model_config = group("OPS_")

    look_seconds: float = Field(15, gt=0, description="Time between two looks at queue, database and sources.")
    stalled_seconds: float = Field(
        300, gt=0, description="Work that a person waits for is an alert once it has waited for so long."
    )
    source_down_seconds: float = Field(
        120, gt=0, description="A storage from which nothing could be read for so long is an alert."
    )


class Tracing(BaseSettings):
    model_config = group("OTEL_")

    exporter_otlp_endpoint: HttpAddress = Field(
        "",
        description="Where traces are sent by OTLP over HTTP, e.g. http://collector:4318. Unset: none are made. "
        "OpenTelemetry's other variables hold too.",
    )


class Settings(BaseModel):
    """All groups. Each reads the environment by itself."""

    model_config = ConfigDict(frozen=True)

    server: Server = Field(default_factory=Server)
    database: Database = Field(default_factory=Database)
    secrets: Secrets = Field(default_factory=Secrets)
    face: Face = Field(default_factory=Face)
    liveness: Liveness = Field(default_factory=Liveness)
    search: Search = Field(default_factory=Search)
    images: Images = Field(default_factory=Images)
    fetch: Fetch = Field(default_factory=Fetch)
    supabase: Supabase = Field(default_factory=Supabase)
    user: User = Field(default_factory=User)
    s3: S3 = Field(default_factory=S3)
    r2: R2 = Field(default_factory=R2)
    uploads: Uploads = Field(default_factory=Uploads)
    process_images: ProcessImages = Field(default_factory=ProcessImages)
    worker: Worker = Field(default_factory=Worker)
    limit: Limit = Field(default_factory=Limit)
    audit: Audit = Field(default_factory=Audit)
    webhook: Webhook = Field(default_factory=Webhook)
    events: Events = Field(default_factory=Events)
    rekognition: Rekognition = Field(default_factory=Rekognition)
    ops: Ops = Field(default_factory=Ops)
    tracing: Tracing = Field(default_factory=Tracing)
    aws: Aws = Field(default_factory=Aws)
