"""AWS Rekognition's own protocol: JSON 1.1, signed with SigV4. What it means stands in app.services.rekognition.

A request goes route → signature → model → operations → wire.
"""
