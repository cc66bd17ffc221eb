"""What the README's figures come from. Every script talks HTTP to a running service and knows nothing of its inside."""
