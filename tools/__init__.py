"""What `make` runs to set up a checkout and to write the generated documents. Nothing here is part of the service."""
