"""Storages as folders of objects: listed, read, written."""
