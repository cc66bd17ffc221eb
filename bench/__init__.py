"""What the figures of the README and docs/benchmarks.md come from.

`engine` and `accuracy` look into the engine; all others talk HTTP to a running service and know nothing of its inside.
"""
