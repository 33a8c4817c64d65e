"""The rules: one file each, discovered by module."""
