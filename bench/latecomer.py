"""How long a client who comes late waits for an answer with all their photos: `python -m bench.latecomer`.

The faces of a processed gallery are written straight into the database: strangers drawn at random, and the client's
own, each a little off. Then the client is enrolled over HTTP.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import psycopg

from bench.galleries import database
from bench.photos import people, usual_place
from bench.service import Service

WHO = "Venus_Williams"
GALLERY = "late"
OFF = 0.6
"""Length of what is added to the client's embedding: similarities of about 0.86."""

PHOTOS = """
insert into face.photo (tenant_id, gallery_id, key, etag, size, state)
select 'default', %(gallery)s, 'p/' || n, 'e', 1, 'done' from generate_series(1, %(photos)s) as n
returning photo_id::text
"""
FACES = """
insert into face.photo_face (
    tenant_id, gallery_id, photo_id, model_id, embedding, box_left, box_top, box_width, box_height, landmarks,
    det_score, quality, reasons
)
select 'default', %(gallery)s, photo_id, %(model_id)s, vector::halfvec, 0.1, 0.1, 0.1, 0.1,
       array_fill(0.5::real, array[10]), 0.9, 0.9, '{}'
  from unnest(%(photos)s::uuid[], %(vectors)s::text[]) as made (photo_id, vector)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, default=10_000)
    parser.add_argument("--theirs", type=int, default=300, help="faces among them that are the client's")
    options = parser.parse_args()
    photo = people(usual_place())[WHO][0]()
    with tempfile.TemporaryDirectory() as name, database(Path(name)) as (url, _):
        service = Service(Path(name), {"DATABASE_URL": url}).start()
        with service.client() as http:
            http.put(f"/galleries/{GALLERY}", json={"source": "s3://photos/p/"}).raise_for_status()
            http.post("/enroll", data={"member_id": "1"}, files={"file": photo}).raise_for_status()
            fill(url, options.faces, options.theirs)
            for attempt in ("first", "second"):
                began = time.perf_counter()
                path = f"/galleries/{GALLERY}/clients/{attempt}/enroll-face"
                answer = http.post(path, files={"file": photo}).raise_for_status().json()
                print(f"{attempt}: {answer['photo_count']} photos in {time.perf_counter() - began:.3f} s")
                http.delete(f"/galleries/{GALLERY}/clients/{attempt}").raise_for_status()
        service.stop()


def fill(url: str, faces: int, theirs: int) -> None:
    """Two faces a photo; the client's come first."""
    chance = np.random.default_rng(1)
    with psycopg.connect(url) as conn:
        conn.execute("set search_path to face, public")
        row = conn.execute("select embedding::text, model_id from face limit 1").fetchone()
        assert row
        known, model_id = np.array([float(x) for x in row[0][1:-1].split(",")]), row[1]
        vectors = chance.normal(size=(faces, known.size)) / np.sqrt(known.size)
        vectors[:theirs] = known + OFF * vectors[:theirs]
        made = conn.execute(PHOTOS, {"gallery": GALLERY, "photos": faces // 2}).fetchall()
        photos = [made[n % len(made)][0] for n in range(faces)]
        texts = [str(vector.round(4).tolist()) for vector in vectors]
        conn.execute(FACES, {"gallery": GALLERY, "model_id": model_id, "photos": photos, "vectors": texts})


if __name__ == "__main__":
    main()
