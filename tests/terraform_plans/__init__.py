"""Configurations, and the functions that ``terraform plan`` makes of them.

``recorded.json`` holds what it planned; ``tests/oracle/record_terraform_plans.py`` records it anew.
"""
