"""Postgres: what is kept."""
