"""The predicted file tree of an artifact."""
