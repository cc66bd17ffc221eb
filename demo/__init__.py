"""The service shown at work on a handful of people: `python -m demo`, or `make demo`."""
