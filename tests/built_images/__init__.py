"""Images as a real engine builds them, and random Dockerfiles to build: what predictions are compared with."""
