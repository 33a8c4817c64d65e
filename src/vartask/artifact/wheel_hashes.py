"""Hash-checking mode (https://pip.pypa.io/en/stable/topics/secure-installs/)."""

from __future__ import annotations

from vartask.artifact.pip_request import Request
from vartask.artifact.resolution import NoMatch, Resolution, Unsettled
from vartask.model.distribution import normalise
from vartask.project import Project, Unreadable

STRONG = frozenset({"sha256", "sha384", "sha512"})


def check_hashes(project: Project, request: Request, resolution: Resolution) -> None:
    """Every wheel must have one of the hashes given for it, if there are any.

    Raises :class:`NoMatch` for a wheel without, :class:`Unsettled` where the file is too large to be read here.
    """
    if not request.hashed:
        return
    import hashlib

    for pick in resolution.picks:
        allowed = request.hashes.get(normalise(pick.name))
        if not allowed:
            raise NoMatch(pick.name)
        try:
            data = project.read_bytes(pick.wheel.source)
        except Unreadable as error:
            raise Unsettled from error
        made = {f"{kind}:{hashlib.new(kind, data).hexdigest()}" for kind in STRONG}
        if not made & allowed:
            raise NoMatch(pick.name)
