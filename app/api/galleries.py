"""Galleries: an event's photos, the clients to be found in them, and how far that is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.gallery_fields import ClientId, ClientPut, EnrollClientIn, GalleryId, GalleryPut, ProcessIn
from app.api.gallery_schemas import (
    ClientOut,
    ClientPhotosOut,
    ClientsOut,
    EnrollClientOut,
    EstimateOut,
    GalleriesOut,
    GalleryOut,
    ProcessOut,
    PutGalleryOut,
    StandingOut,
)
from app.domain.access import Reach, Scope
from app.domain.galleries import GalleryRef
from app.domain.matching import FaceSelection
from app.domain.members import MemberDraft

router = APIRouter(prefix="/galleries", tags=["galleries"], responses=problems.RESPONSES)

LIST = needs(Scope.READ)
READ, MANAGE = needs(Scope.READ, reach=Reach.COLLECTION), needs(Scope.MANAGE, reach=Reach.COLLECTION)
ENROLL = needs(Scope.ENROLL, reach=Reach.COLLECTION)

ClientPath = Annotated[ClientId, Path()]


def _gallery(caller: deps.Caller, gallery_id: Annotated[GalleryId, Path()]) -> GalleryRef:
    ref = GalleryRef(caller.tenant, gallery_id)
    caller.require_collection(ref.clients.name)
    return ref


InGallery = Annotated[GalleryRef, Depends(_gallery)]


@router.get("", operation_id="ListGalleries", dependencies=[LIST])
async def list_galleries(
    tenant: deps.Tenant, use: deps.Use, cursor: deps.From = "", limit: deps.Limit = 100
) -> GalleriesOut:
    """All galleries, by id."""
    page = await use.galleries.page(tenant, cursor, limit)
    return GalleriesOut(galleries=[GalleryOut.of(item) for item in page.items], next_cursor=page.next_cursor)


@router.put("/{gallery_id}", operation_id="PutGallery", dependencies=[MANAGE], openapi_extra=body_of(GalleryPut))
async def put_gallery(
    ref: InGallery, use: deps.Use, body: Annotated[GalleryPut, Depends(reader(GalleryPut))]
) -> PutGalleryOut:
    """Make a gallery, or change it to what is sent."""
    return PutGalleryOut.of(await use.galleries.put(ref, body.draft()))


@router.get("/{gallery_id}", operation_id="GetGallery", dependencies=[READ])
async def get_gallery(ref: InGallery, use: deps.Use) -> GalleryOut:
    """One gallery, with its counts."""
    return GalleryOut.of(await use.galleries.get(ref))


@router.delete("/{gallery_id}", status_code=204, operation_id="DeleteGallery", dependencies=[MANAGE])
async def delete_gallery(ref: InGallery, use: deps.Use) -> Response:
    """Forget a gallery with its clients and all that was found. The photos stay where they are."""
    await use.galleries.delete(ref)
    return Response(status_code=204)


@router.get("/{gallery_id}/clients", operation_id="ListClients", dependencies=[READ])
async def list_clients(ref: InGallery, use: deps.Use, cursor: deps.From = "", limit: deps.Limit = 100) -> ClientsOut:
    """The gallery's clients, by id."""
    page = await use.galleries.clients(ref, cursor, limit)
    return ClientsOut.of(page.items, page.next_cursor)


@router.put(
    "/{gallery_id}/clients/{client_id}",
    operation_id="PutClient",
    dependencies=[MANAGE],
    openapi_extra=body_of(ClientPut),
)
async def put_client(
    ref: InGallery, use: deps.Use, client_id: ClientPath, body: Annotated[ClientPut, Depends(reader(ClientPut))]
) -> ClientOut:
    """Make a client, or change the name."""
    draft = MemberDraft(client_id, body.name, body.metadata)
    return ClientOut.model_validate(await use.galleries.put_client(ref, draft))


@router.get("/{gallery_id}/clients/{client_id}", operation_id="GetClient", dependencies=[READ])
async def get_client(ref: InGallery, use: deps.Use, client_id: ClientPath) -> ClientOut:
    """One client."""
    return ClientOut.model_validate(await use.galleries.client(ref, client_id))


@router.delete("/{gallery_id}/clients/{client_id}", status_code=204, operation_id="DeleteClient", dependencies=[MANAGE])
async def delete_client(ref: InGallery, use: deps.Use, client_id: ClientPath) -> Response:
    """Forget a client. Whom their photos show instead is found out at once."""
    basis = use.basis_of(await use.galleries.get(ref))
    await use.photos.drop_client(ref, client_id, basis)
    return Response(status_code=204)


@router.post(
    "/{gallery_id}/clients/{client_id}/enroll-face",
    status_code=201,
    operation_id="EnrollClientFace",
    dependencies=[ENROLL],
    openapi_extra=body_of(EnrollClientIn),
)
async def enroll_face(
    ref: InGallery,
    use: deps.Use,
    client_id: ClientPath,
    body: Annotated[EnrollClientIn, Depends(reader(EnrollClientIn))],
) -> EnrollClientOut:
    """Keep a face of the client, and find it at once in the photos that were processed before."""
    gallery = await use.galleries.get(ref)
    client = MemberDraft(client_id, body.name, consent=body.consented)
    image, selection = body.image_in(gallery.source), FaceSelection(body.face_selection)
    done = await use.enroll_client(ref, client, image, selection, replace=body.replace, point=body.point)
    return EnrollClientOut.of_client(done, ref.gallery_id, ref.clients.name)


@router.get("/{gallery_id}/clients/{client_id}/photos", operation_id="ListClientPhotos", dependencies=[READ])
async def client_photos(
    ref: InGallery,
    use: deps.Use,
    client_id: ClientPath,
    cursor: deps.From = "",
    limit: deps.Limit = 100,
    *,
    include_review: bool = False,
) -> ClientPhotosOut:
    """The photos that the client is in, best first; with include_review also those for a person to look at."""
    page = await use.photos.of_client(ref, client_id, cursor, limit, review=include_review)
    return ClientPhotosOut.of(page.items, page.next_cursor)


@router.post(
    "/{gallery_id}/process-faces",
    status_code=202,
    operation_id="ProcessGallery",
    dependencies=[MANAGE],
    openapi_extra=body_of(ProcessIn),
)
async def process_faces(
    ref: InGallery,
    use: deps.Use,
    request: Request,
    response: Response,
    body: Annotated[ProcessIn, Depends(reader(ProcessIn))],
) -> ProcessOut | EstimateOut:
    """Match every photo that is new or changed, in the background; with dry_run only say how many those are."""
    if body.dry_run:
        response.status_code = 200
        return EstimateOut.of(ref.gallery_id, await use.process_gallery.estimate(ref))
    job = await use.process_gallery(ref, force=body.force)
    url = str(request.url_for("process_status", gallery_id=ref.gallery_id).path)
    return ProcessOut(gallery_id=ref.gallery_id, job_id=job.job_id, status=job.state, status_url=url)


@router.get("/{gallery_id}/face-process-status", operation_id="GetGalleryProgress", dependencies=[READ])
async def process_status(ref: InGallery, use: deps.Use) -> StandingOut:
    """How far the gallery is."""
    return StandingOut.of(ref.gallery_id, await use.galleries.standing(ref))
