"""The container pass: what is really in an image, and what its own runtime says of every handler.

``check`` predicts; this observes.  The code of a project runs in a container that has no network, no capabilities and
nothing of the host, never on the host itself.
"""
