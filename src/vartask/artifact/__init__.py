"""The predicted file tree of an artifact: images, zip packages, layers."""
