"""AWS Rekognition in the place of our own engine: it sees, keeps and compares faces; our rows say whose they are."""
