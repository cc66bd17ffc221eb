"""Large collections in memory, beside Postgres: what makes searching a million faces take milliseconds.

basis    which few dimensions tell faces apart
shard    faces in those dimensions, scanned whole
segment  a collection as it was at one moment, in files that all processes of the machine share
live     a segment and what changed since: always as the database is
feed     what is read from Postgres
build    a segment, made from the database
keeper   which collections have an index, in the background
search   the FaceStore that answers from them
recall   how often it is right, measured while it serves
"""
