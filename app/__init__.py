"""Self-hosted face recognition.

One picture becomes an answer:

    sources/ → vision/decode → vision/detect → vision/align → vision/embed
             → recognisers/local → store/faces → services/identify → api/faces

Imports point one way: main → wiring → api → services → ports → domain. Only `wiring` names an adapter.
"""

__version__ = "0.1.0"
