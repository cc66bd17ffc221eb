"""The libraries that run models, behind app.vision.session.Runtime."""
