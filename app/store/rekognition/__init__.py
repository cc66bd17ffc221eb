"""Faces one by one, the users they are associated with, and keys to sign requests with."""
