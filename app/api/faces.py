"""Enrol, identify, verify, compare, detect: the calls that carry a picture."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.fields import CompareIn, DetectIn, EnrollIn, IdentifyIn, VerifyIn
from app.api.schemas import CompareOut, DetectOut, EnrollOut, IdentifyOut, VerifyOut
from app.domain.access import Reach, Scope
from app.domain.collections import CollectionRef
from app.domain.matching import FaceSelection
from app.domain.members import MemberDraft
from app.services.by_collection import ByCollection
from app.services.identify import Identified, Identify

router = APIRouter(tags=["faces"], responses=problems.RESPONSES)

ENROLL = needs(Scope.ENROLL, reach=Reach.MEMBER)
COMPARE = needs(Scope.IDENTIFY, reach=Reach.COLLECTION, pictures=2)
IDENTIFY, VERIFY = needs(Scope.IDENTIFY, reach=Reach.COLLECTION), needs(Scope.IDENTIFY, reach=Reach.MEMBER)


@router.post(
    "/enroll/file",
    status_code=201,
    operation_id="EnrollFaceFile",
    dependencies=[ENROLL],
    openapi_extra=body_of(EnrollIn),
)
@router.post(
    "/enroll", status_code=201, operation_id="EnrollFace", dependencies=[ENROLL], openapi_extra=body_of(EnrollIn)
)
async def enroll(tenant: deps.Tenant, use: deps.Use, body: Annotated[EnrollIn, Depends(reader(EnrollIn))]) -> EnrollOut:
    """Keep a face of a member. The same picture for the same member is kept once."""
    ref = CollectionRef(tenant, body.collection)
    member = MemberDraft(body.member_id, body.name, body.metadata, body.consented)
    enrolled = await use.enroll(
        ref,
        member,
        body.ref(),
        FaceSelection(body.face_selection),
        replace=body.replace,
        liveness=body.liveness_mode,
        point=body.point,
    )
    return EnrollOut.of(enrolled, body.member_id, body.collection)


@router.post("/identify", operation_id="IdentifyFace", dependencies=[IDENTIFY], openapi_extra=body_of(IdentifyIn))
async def identify(
    tenant: deps.Tenant, use: deps.Use, trail: deps.Trail, body: Annotated[IdentifyIn, Depends(reader(IdentifyIn))]
) -> IdentifyOut:
    """Say who of a collection is in the picture: by its main face, or by all of them."""
    return await _identify(use.identify, tenant, body, trail)


@router.post("/search/faiss", operation_id="SearchIndex", dependencies=[IDENTIFY], openapi_extra=body_of(IdentifyIn))
async def search_index(
    tenant: deps.Tenant, use: deps.Use, trail: deps.Trail, body: Annotated[IdentifyIn, Depends(reader(IdentifyIn))]
) -> IdentifyOut:
    """Identify by the index in memory or not at all: `index_not_ready` where there is none (yet)."""
    return await _identify(use.identify_indexed, tenant, body, trail)


@router.post("/verify", operation_id="VerifyFace", dependencies=[VERIFY], openapi_extra=body_of(VerifyIn))
async def verify(tenant: deps.Tenant, use: deps.Use, body: Annotated[VerifyIn, Depends(reader(VerifyIn))]) -> VerifyOut:
    """Say whether the picture's main face is the member's."""
    ref = CollectionRef(tenant, body.collection)
    verified = await use.verify(
        ref,
        body.member_id,
        body.ref(),
        threshold=body.threshold,
        target=body.target,
        liveness=body.liveness_mode,
    )
    return VerifyOut.of(verified, body.member_id, body.collection)


@router.post("/compare", operation_id="CompareFaces", dependencies=[COMPARE], openapi_extra=body_of(CompareIn))
async def compare(use: deps.Use, body: Annotated[CompareIn, Depends(reader(CompareIn))]) -> CompareOut:
    """Say whether two pictures show the same person. Nothing is kept."""
    compared = await use.compare(
        body.a.ref("as a "),
        body.b.ref("as b "),
        threshold=body.threshold,
        target=body.target,
        liveness=body.liveness_mode,
    )
    return CompareOut.of(compared)


@router.post("/detect", operation_id="DetectFaces", dependencies=[IDENTIFY], openapi_extra=body_of(DetectIn))
async def detect(use: deps.Use, body: Annotated[DetectIn, Depends(reader(DetectIn))]) -> DetectOut:
    """Say where the faces are and how good they are. Nothing is kept."""
    return DetectOut.of(await use.detect(body.ref(), attributes=body.attributes))


async def _identify(
    identify: Identify | ByCollection[..., Identified], tenant: str, body: IdentifyIn, trail: deps.Trail
) -> IdentifyOut:
    ref = CollectionRef(tenant, body.collection)
    identified = await identify(
        ref,
        body.ref(),
        top_k=body.top_k,
        threshold=body.threshold,
        target=body.target,
        all_faces=body.all_faces,
        liveness=body.liveness_mode,
    )
    trail.about(*(match.candidate.member_id for match in identified.matches))
    return IdentifyOut.of(identified, body.collection)
