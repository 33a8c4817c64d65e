"""The table of distributions against the metadata of what is installed where the tests run."""

from __future__ import annotations

from importlib import metadata
from importlib.util import find_spec

import pytest

from vartask.data.distributions import distribution, known, owners
from vartask.model.distribution import normalise

INSTALLED = {normalise(item.metadata["Name"]): item for item in metadata.distributions() if item.metadata["Name"]}
BROUGHT: dict[str, set[str]] = {}
for _module, _names in metadata.packages_distributions().items():
    for _name in _names:
        BROUGHT.setdefault(normalise(_name), set()).add(_module)


def test_most_of_what_is_installed_here_is_in_the_table() -> None:
    assert len(known() & INSTALLED.keys()) >= 20


def _has_a_file(module: str) -> bool:
    """``top_level.txt`` may name modules that are not there."""
    spec = find_spec(module)
    return spec is not None and spec.origin is not None


@pytest.mark.parametrize("name", sorted(known() & INSTALLED.keys()))
def test_what_really_comes_with_a_distribution_is_in_the_table(name: str) -> None:
    row = distribution(name)
    assert row is not None
    tops = {module.partition(".")[0] for module in row.modules}
    really = {module for module in BROUGHT.get(name, ()) if module.isidentifier() and _has_a_file(module)}
    if INSTALLED[name].version in row.versions:
        assert {module for module in really if not module.startswith("__editable__")} <= tops


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("yaml", "pyyaml"),
        ("bs4", "beautifulsoup4"),
        ("PIL", "pillow"),
        ("jwt", "pyjwt"),
        ("dateutil.parser", "python-dateutil"),
        ("attr", "attrs"),
        ("opentelemetry.trace", "opentelemetry-api"),
        ("psycopg2.extras", "psycopg2-binary"),
        ("sklearn.linear_model", "scikit-learn"),
    ],
)
def test_the_distribution_of_a_module_is_known_by_another_name(module: str, name: str) -> None:
    assert name in owners(module)


def test_what_shares_a_namespace_does_not_own_all_of_it() -> None:
    assert "opentelemetry-api" not in owners("opentelemetry.exporter.otlp")
    assert "protobuf" not in owners("google.cloud.storage")
    assert not owners("nobody_has_this")


def test_extras_are_asked_for_by_name() -> None:
    requests = distribution("requests")
    assert requests is not None
    assert requests.requires() == {"certifi", "charset-normalizer", "idna", "urllib3"}
    assert requests.requires(frozenset({"socks"})) == requests.requires() | {"pysocks"}
