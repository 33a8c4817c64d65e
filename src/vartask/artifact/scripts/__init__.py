"""Packaging by script: what shell scripts, Makefiles and pipelines of a project put together, and what they deploy.

Each of them is followed, command by command, on a virtual copy of the repository; nothing is ever executed.
"""
