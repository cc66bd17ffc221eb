"""`python -m app receipt verify FILE`: whether this service signed it, what it says, and whom it is about."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.domain.collections import DEFAULT_COLLECTION, DEFAULT_TENANT, CollectionRef
from app.domain.erasure import Json, Subject
from app.person_ports import Receipts
from app.startup import in_one_screen, read_settings, stop

app = typer.Typer(no_args_is_help=True, help="Receipts for erasures.")

File = Annotated[Path, typer.Argument(help="The receipt, or the answer that it came in; - for what is piped in.")]
Keys = Annotated[
    Path | None,
    typer.Option(help="The answer of /.well-known/erasure-keys.json. Unset: by ENCRYPTION_KEY.", exists=True),
]
Member = Annotated[str, typer.Option(help="Whether it is about this member; that takes ENCRYPTION_KEY.")]
Collection = Annotated[str, typer.Option(help="Of the member.")]
Tenant = Annotated[str, typer.Option(help="Of the collection.")]


@app.callback()
def group() -> None:
    """Receipts for erasures."""


@app.command()
def verify(
    file: File,
    *,
    keys: Keys = None,
    member: Member = "",
    collection: Collection = DEFAULT_COLLECTION,
    tenant: Tenant = DEFAULT_TENANT,
) -> None:
    """Check the signature and show what was erased; end with 1 where it is none of ours, or about somebody else."""
    receipts = wiring.receipts(read_settings())
    with in_one_screen():
        claims = receipts.read(_text(file), _key_set(keys) if keys else None)
        about = Subject(CollectionRef(tenant, collection), member)
        if member and not _is_about(claims, receipts, about):
            stop("The signature is right, but the receipt is about somebody else.")
    typer.echo(json.dumps(claims, indent=2))


def _text(file: Path) -> str:
    """The receipt itself, be it alone or in the answer to an erasure."""
    text = (sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")).strip()
    return str(json.loads(text)["receipt"]) if text.startswith("{") else text


def _key_set(file: Path) -> Sequence[Json]:
    keys: Sequence[Json] = json.loads(file.read_text("utf-8"))["keys"]
    return keys


def _is_about(claims: Json, receipts: Receipts, subject: Subject) -> bool:
    return claims["subject"] in [one.value for one in receipts.pseudonyms(subject)]
