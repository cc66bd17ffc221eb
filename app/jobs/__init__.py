"""Work in the background: what takes tasks from the queue."""
