"""How an embedding travels to Postgres: as text, of which `halfvec` reads 16-bit floats."""

import numpy as np

from app.domain.faces import EmbeddedFace, Embedding, KeepableFace


def text(embedding: Embedding) -> str:
    """The embedding as pgvector reads it. Rounded to 16 bits here, where it makes the text half as long."""
    return f"[{','.join(map(str, embedding.astype(np.float16).tolist()))}]"


def kept(face: KeepableFace) -> tuple[str | None, str | None]:
    """What is kept of a face: its embedding, or else the id of whoever keeps that."""
    return (text(face.embedding), None) if isinstance(face, EmbeddedFace) else (None, face.remote_id)
