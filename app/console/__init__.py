"""The page for people, under /console/: files of our own, a renderer of four kilobytes, and the public API."""
