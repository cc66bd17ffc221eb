"""Events on their way to the web: signed, and sent only where they may go."""
