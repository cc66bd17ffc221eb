"""Self-hosted face recognition.

One picture becomes an answer:

    sources/ → vision/decode → vision/detect → vision/align → vision/embed
             → recognisers/local → store/faces → services/identify → api/faces

One gallery becomes the photos of each client:

    api/galleries → services/process_gallery → store/queue → jobs/worker → services/match_photos
                  → store/photos → store/matches → store/events → webhooks/send

A client of AWS Rekognition is served by the same people:

    api/rekognition → services/rekognition → store/rekognition, store/index

The page for people is in console/, and does all it does through the API.

Imports point one way: main → wiring → api → services → ports → domain. Only `wiring` names an adapter.
"""

__version__ = "0.1.0"
