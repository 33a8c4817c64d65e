"""vartask: a static linter for AWS Lambda packaging of Python code."""

__version__ = "0.1.0"
