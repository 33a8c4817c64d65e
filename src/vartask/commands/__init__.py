"""What each command does.  With the command line it is the only place that prints or decides how a run ends."""

CLEAN, FINDINGS, REFUSED, FAILED, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: clean, findings, bad configuration or arguments (or nothing to check), our own failure, Ctrl-C."""
