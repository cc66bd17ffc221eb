"""`python -m app doctor`: what keeps the service from its work, or soon will, and what to do about each."""
