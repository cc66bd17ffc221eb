"""How an embedding travels to Postgres: as text, of which `halfvec` reads 16-bit floats."""

import numpy as np

from app.domain.faces import Embedding


def text(embedding: Embedding) -> str:
    """The embedding as pgvector reads it. Rounded to 16 bits here, where it makes the text half as long."""
    return f"[{','.join(map(str, embedding.astype(np.float16).tolist()))}]"
