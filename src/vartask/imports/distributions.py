"""Whether a distribution from PyPI could bring a top-level module of some name."""

from __future__ import annotations

from vartask.model.distribution import normalise

_NAMESPACED = (
    "aws-", "azure-", "boto", "cdk", "django-", "flask-", "google-", "grpcio-", "langchain-", "llama-index-", "msal-",
    "mypy-", "opencensus-", "opentelemetry-", "pytest-", "sphinx-", "types-", "zope-",
)  # fmt: skip
"""Families of public distributions whose modules carry the family's own name, so ``google-api-core`` does not
bring a module called ``core``."""

_PREFIXES = ("python-", "py-", "py", "lib")


def may_provide(top: str, distributions: frozenset[str]) -> bool:
    """Whether one of the distributions (normalised names) may bring the top-level module ``top``.

    Their metadata is not there to ask, so names decide: the same name, or a name that has ``top`` as one of its words
    (``acme-shared`` may well bring ``shared``).  What only a dependency of theirs would bring is not considered: a
    caller asks this about names that the project itself defines.
    """
    wanted = normalise(top)
    return any(_provides(wanted, distribution) for distribution in distributions)


def _provides(wanted: str, distribution: str) -> bool:
    if distribution == wanted or distribution.replace("-", "") == wanted.replace("-", ""):
        return True
    if any(distribution == prefix + wanted for prefix in _PREFIXES):
        return True
    if distribution.startswith(_NAMESPACED):
        return False
    words = distribution.split("-")
    return wanted in words or (len(words) > 1 and wanted in {"-".join(words[1:]), "-".join(words[:-1])})
