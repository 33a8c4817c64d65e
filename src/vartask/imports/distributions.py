"""Whether a distribution from PyPI could bring a top-level module of some name."""

from __future__ import annotations

from functools import cache

from vartask.data.distributions import distribution, split_extras
from vartask.model.distribution import normalise

_NAMESPACED = (
    "aws-", "azure-", "boto", "cdk", "django-", "flask-", "google-", "grpcio-", "langchain-", "llama-index-", "msal-",
    "mypy-", "opencensus-", "opentelemetry-", "pytest-", "sphinx-", "types-", "zope-",
)  # fmt: skip
"""Families of public distributions whose modules carry the family's own name, so ``google-api-core`` does not
bring a module called ``core``."""

_SHARED = (
    "aws-cdk-", "azure-", "backports-", "google-", "jaraco-", "llama-index-", "opentelemetry-", "ruamel-",
    "sphinxcontrib-", "zope-",
)  # fmt: skip
"""Families that put their modules into one namespace package (PEP 420), which bears the family's name."""

_PREFIXES = ("python-", "py-", "py", "lib")


@cache
def may_provide(top: str, distributions: frozenset[str]) -> bool:
    """Whether one of the distributions (normalised names) may bring the top-level module ``top``.

    Where the metadata of a distribution was read, that tells.  Of others their names decide: the same name, or a name
    that has ``top`` as one of its words (``acme-shared`` may well bring ``shared``).  What only a dependency of theirs
    would bring is not considered: a caller asks this about names that the project itself defines.
    """
    wanted = normalise(top)
    return any(_provides(top, wanted, distribution) for distribution in distributions)


def likely_brings(top: str, name: str) -> bool:
    """Whether a distribution whose metadata nobody has read bears the name of a top-level module or its namespace."""
    wanted = normalise(top)
    same = name.replace("-", "") == wanted.replace("-", "")
    named = any(name == prefix + wanted for prefix in _PREFIXES)
    return same or named or (name.startswith(_SHARED) and name.startswith(f"{wanted}-"))


def for_type_checkers(name: str) -> bool:
    """Whether a distribution is one of a family that brings type stubs, and modules of its own name at most.

    https://github.com/python/typeshed/blob/main/CONTRIBUTING.md (``types-NAME`` brings ``NAME-stubs``, which cannot be
    imported) and https://youtype.github.io/boto3_stubs_docs/ (``mypy-boto3-NAME``, ``types-boto3-NAME``).
    """
    return name.startswith(("types-", "mypy-boto3-"))


def _provides(top: str, wanted: str, written: str) -> bool:
    name = split_extras(written)[0]
    if name == wanted or name.replace("-", "") == wanted.replace("-", ""):
        return True
    row = distribution(name)
    if row is not None:
        return any(module.partition(".")[0] == top for module in row.modules)
    if any(name == prefix + wanted for prefix in _PREFIXES):
        return True
    if name.startswith((*_NAMESPACED, *_SHARED)):
        return name.startswith(_SHARED) and name.startswith(f"{wanted}-")
    words = name.split("-")
    return wanted in words or (len(words) > 1 and wanted in {"-".join(words[1:]), "-".join(words[:-1])})
