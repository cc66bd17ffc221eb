"""What may stand in the requests that enrol, embed anew or measure whole folders."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from app.api.fields import Body, CollectionName, Name, Source
from app.domain.collections import DEFAULT_COLLECTION
from app.domain.errors import InvalidRequest
from app.domain.indexing import IndexPlan, Naming
from app.domain.matching import FaceSelection
from app.domain.storage import Folder


def _naming(text: str) -> str:
    try:
        Naming(text)
    except InvalidRequest as error:
        raise ValueError(str(error)) from None
    return text


MemberIdFrom = Annotated[
    str,
    Field(
        max_length=255,
        description="Whose photo an object is: stem (ana.jpg is ana's), folder (ana/1.jpg), or a template of the path "
        "below the prefix with {member_id} in it once and {any} for what does not matter: {member_id}_{any}.jpg.",
        examples=["folder"],
    ),
    AfterValidator(_naming),
]


class IndexIn(Body):
    mode: Literal["enroll", "reindex"] = Field(
        "enroll",
        description="enroll: the photos of a source. reindex: the faces that the collection has, by the model that is "
        "loaded now.",
    )
    source: Source | SkipJsonSchema[None] = None
    collection: CollectionName = DEFAULT_COLLECTION
    member_id_from: MemberIdFrom = "stem"
    name: (
        Annotated[Name, Field(description="The members' name; {member_id} in it stands for their own id.")]
        | SkipJsonSchema[None]
    ) = None
    face_selection: Literal["single", "largest"] = Field(
        "single", description="single makes dead letters of photos of several faces; largest takes the largest."
    )
    replace: bool = Field(default=False, description="Drop the faces that the members had before.")
    allow_partial: bool = Field(
        default=False, description="reindex: switch over also where some faces could not be embedded; they are dropped."
    )

    @model_validator(mode="after")
    def _asks_for_one_thing(self) -> "IndexIn":
        if self.mode == "enroll" and self.source is None:
            msg = "a source is needed to enrol from"
            raise ValueError(msg)
        if self.mode == "reindex" and self.source is not None:
            msg = "a collection is embedded anew from where its faces came from: send no source with mode=reindex"
            raise ValueError(msg)
        return self

    def plan(self) -> IndexPlan:
        """What is to be enrolled; for mode=enroll."""
        return IndexPlan(
            Folder.parse(self.source or ""),
            Naming(self.member_id_from),
            self.name,
            FaceSelection(self.face_selection),
            self.replace,
        )


class EvaluateIn(Body):
    source: Annotated[
        Source, Field(description="Labelled photos: PERSON/*.jpg or GROUP/PERSON/*.jpg below the prefix.")
    ]
