"""Signed tokens: those of an app's users, and those that this service gives out for uploads."""
