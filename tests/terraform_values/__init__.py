"""Expressions, and the values that Terraform gives them.

``recorded.json`` holds the answers of ``terraform console``; ``tests/oracle/record_terraform_values.py`` records them.
"""
