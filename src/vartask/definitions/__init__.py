"""One file, one way to declare functions."""
