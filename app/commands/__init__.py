"""What the command line does that takes more than a line: each command a file."""
