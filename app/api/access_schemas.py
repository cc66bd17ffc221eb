"""Tenants, keys and upload tokens, as they are asked for and answered."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from app.api.fields import Body, CollectionName, plain_text
from app.api.schemas import Out
from app.domain.access import OF_KEYS, Scope
from app.domain.collections import DEFAULT_COLLECTION
from app.domain.keys import Grant, Key, KeyDraft, Quota, Tenant
from app.domain.members import LONGEST_ID, wrong_with_id

MINUTE, DAY = 60, 86_400

TenantId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        pattern=r"^[a-zA-Z0-9_.\-]+$",
        description="Your own id of the tenant.",
        examples=["acme"],
    ),
]
Label = Annotated[str, Field(max_length=255, examples=["Acme"]), AfterValidator(plain_text)]

Limit = Annotated[int, Field(ge=0, le=2**31 - 1)]

_QUOTA = "0: any number. Unset: as it is. What is above it stays, and none is added."


class TenantPut(Body):
    name: Label = Field("", description="What the tenant is called.")
    max_members: Limit | SkipJsonSchema[None] = Field(None, description=f"Members that it may have. {_QUOTA}")
    max_photos: Limit | SkipJsonSchema[None] = Field(None, description=f"Photos, in all galleries. {_QUOTA}")

    @property
    def quota(self) -> Quota:
        return Quota(self.max_members, self.max_photos)


class TenantOut(Out):
    tenant_id: str
    name: str
    created_at: datetime
    members: int = Field(description="In all collections, clients and entries of blacklists among them.")
    photos: int = Field(description="In all galleries.")
    max_members: int = Field(description="0: any number.")
    max_photos: int = Field(description="0: any number.")


class TenantsOut(Out):
    tenants: list[TenantOut]
    next_cursor: str

    @classmethod
    def of(cls, items: tuple[Tenant, ...], next_cursor: str) -> "TenantsOut":
        return cls(tenants=[TenantOut.model_validate(item) for item in items], next_cursor=next_cursor)


class KeyIn(Body):
    name: Label = Field(description="What the key is for.", examples=["CRM"])
    scopes: list[Literal["enroll", "identify", "read", "manage", "events", "admin"]] = Field(
        min_length=1, description="What it may do. admin: make and revoke keys of its own tenant.", examples=[["read"]]
    )
    collections: list[CollectionName] = Field(
        [], max_length=1000, description="The only collections it is for; empty: all."
    )
    expires_at: AwareDatetime | SkipJsonSchema[None] = Field(None, description="When it ends; unset: never.")

    @field_validator("expires_at")
    @classmethod
    def _is_to_come(cls, time: datetime | None) -> datetime | None:
        if time and time <= datetime.now(UTC):
            msg = "a time to come"
            raise ValueError(msg)
        return time

    def draft(self) -> KeyDraft:
        scopes = frozenset(map(Scope, self.scopes)) & OF_KEYS
        return KeyDraft(self.name, scopes, frozenset(self.collections), self.expires_at)


class KeyState(StrEnum):
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class KeyOut(Out):
    """last_used_at: within five minutes; null before the first use."""

    key_id: str
    prefix: str = Field(description="How the key begins.", examples=["fk_live_Zt3kQ1"])
    name: str
    scopes: list[str]
    collections: list[str]
    state: KeyState
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: Key) -> "KeyOut":
        return cls(**_shown(key))


class MadeKeyOut(KeyOut):
    key: str = Field(description="The key itself: here and never again.")

    @classmethod
    def of_new(cls, key: Key, text: str) -> "MadeKeyOut":
        return cls(**_shown(key), key=text)


class KeysOut(Out):
    keys: list[KeyOut]
    next_cursor: str


class UploadTokenIn(Body):
    verb: Literal["enroll", "identify", "verify"] = Field(description="What it is good for.", examples=["enroll"])
    collection: CollectionName = DEFAULT_COLLECTION
    member_id: str = Field("", max_length=LONGEST_ID, description="The only member it is about; verify needs one.")
    expires_in: int = Field(10 * MINUTE, ge=MINUTE, le=DAY, description="Seconds until it ends.")
    uses: (
        Annotated[int, Field(ge=1, le=1000, description="How many calls; unset: any number.")] | SkipJsonSchema[None]
    ) = None

    @field_validator("member_id")
    @classmethod
    def _is_an_id(cls, member_id: str) -> str:
        if member_id and (wrong := wrong_with_id(member_id)):
            raise ValueError(wrong)
        return member_id

    @model_validator(mode="after")
    def _fits_the_verb(self) -> "UploadTokenIn":
        if self.verb != "enroll" and bool(self.member_id) != (self.verb == "verify"):
            msg = "verify needs a member_id, and identify has none"
            raise ValueError(msg)
        return self

    @property
    def scope(self) -> Scope:
        return Scope.ENROLL if self.verb == "enroll" else Scope.IDENTIFY


class UploadTokenOut(Out):
    token: str = Field(description="For X-API-Key or Authorization: Bearer, in the app.")
    verb: str
    collection: str
    member_id: str
    uses: int | None
    expires_at: datetime

    @classmethod
    def of(cls, grant: Grant, token: str, verb: str) -> "UploadTokenOut":
        return cls(
            token=token,
            verb=verb,
            collection=grant.collection,
            member_id=grant.member_id,
            uses=grant.uses,
            expires_at=grant.expires_at,
        )


def _shown(key: Key) -> dict[str, object]:
    ended = key.expires_at is not None and key.expires_at <= datetime.now(UTC)
    return {
        "key_id": key.key_id,
        "prefix": key.prefix,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "collections": sorted(key.collections),
        "state": KeyState.REVOKED if key.revoked_at else KeyState.EXPIRED if ended else KeyState.ACTIVE,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }
