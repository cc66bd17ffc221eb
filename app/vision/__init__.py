"""Bytes to embeddings: decode → detect → align → embed. Synchronous and pure; `engine` alone is asynchronous."""
