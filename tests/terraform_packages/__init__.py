"""Terraform projects, what the tools that it calls packaged of them, and the comparison with what is predicted.

``recorded.json`` holds the names that stand in the real archives; ``tests/oracle/record_terraform_packages.py`` records
them anew.
"""
