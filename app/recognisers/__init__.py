"""Who recognises: our own engine and store."""
