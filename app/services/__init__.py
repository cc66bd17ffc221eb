"""What the service does, one use case a file. Knows ports, never adapters."""
