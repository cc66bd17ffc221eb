"""What requests and answers about access keys look like."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from app.api.fields import Body, plain_text
from app.api.schemas import Out
from app.domain.access_keys import AccessKey


class AccessKeyIn(Body):
    name: Annotated[str, AfterValidator(plain_text)] = Field(
        "", max_length=200, description="What the key is for.", examples=["photo importer"]
    )


class AccessKeyOut(Out):
    access_key_id: str = Field(description="AWS_ACCESS_KEY_ID of the client.")
    name: str
    created_at: datetime


class NewAccessKeyOut(AccessKeyOut):
    secret_access_key: str = Field(description="AWS_SECRET_ACCESS_KEY of the client: in this answer only.")

    @classmethod
    def of(cls, key: AccessKey, secret: str) -> "NewAccessKeyOut":
        return cls(**AccessKeyOut.model_validate(key).model_dump(), secret_access_key=secret)


class AccessKeysOut(Out):
    access_keys: list[AccessKeyOut]
    next_cursor: str
