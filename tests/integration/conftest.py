"""Fixtures of the tests that run against real parts. The database's are in postgres.py: other suites use them too."""
