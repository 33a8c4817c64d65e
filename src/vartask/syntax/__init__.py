"""Readers that keep positions: Dockerfile, YAML, HCL, Python."""
