"""What a face, a member and a collection are, and the rules between them. Knows numpy and nothing else."""
