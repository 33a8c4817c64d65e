"""What to use in place of a module or name that the target's standard library does not have.

Written by hand from the "What's New" pages and deprecation notes of https://docs.python.org/3/whatsnew/, PEP 594 (dead
batteries), PEP 632 (distutils), and the projects' own pages on https://pypi.org.
"""

from __future__ import annotations

SUCCESSORS: dict[str, str] = {
    "distutils": "use  setuptools, packaging.version, shutil  or  sysconfig  (PEP 632)",
    "imp": "use  importlib",
    "asyncore": "use  asyncio",
    "asynchat": "use  asyncio",
    "smtpd": "install  aiosmtpd",
    "cgi": "use  urllib.parse  and  email.message, or install  legacy-cgi",
    "cgitb": "use  traceback, or install  legacy-cgi",
    "pipes": "use  shlex  and  subprocess",
    "crypt": "install  passlib  or  bcrypt",
    "telnetlib": "install  telnetlib3",
    "imghdr": "install  filetype  or  puremagic",
    "audioop": "install  audioop-lts",
    "tomllib": "install  tomli",
    "zoneinfo": "install  backports.zoneinfo",
    "graphlib": "install  graphlib-backport",
    "compression": "install  backports.zstd",
    "datetime.UTC": "use  datetime.timezone.utc",
    "enum.StrEnum": "use  class Name(str, Enum), or install  backports.strenum",
    "itertools.batched": "install  more-itertools",
    "itertools.pairwise": "install  more-itertools",
    "functools.cache": "use  functools.lru_cache(maxsize=None)",
    "asyncio.coroutine": "use  async def",
    "asyncio.timeout": "install  async-timeout",
    "asyncio.TaskGroup": "use  asyncio.gather, or install  taskgroup",
    "asyncio.Runner": "use  asyncio.run",
    "asyncio.async": "use  asyncio.ensure_future",
    "contextlib.chdir": "use  os.chdir",
    "inspect.getargspec": "use  inspect.getfullargspec",
    "inspect.formatargspec": "use  inspect.signature",
    "unittest.makeSuite": "use  unittest.TestLoader().loadTestsFromTestCase",
    "unittest.findTestCases": "use  unittest.TestLoader().loadTestsFromModule",
    "importlib.resources": "install  importlib-resources",
    "importlib.metadata": "install  importlib-metadata",
    "fractions.gcd": "use  math.gcd",
    "base64.encodestring": "use  base64.encodebytes",
    "base64.decodestring": "use  base64.decodebytes",
    "cgi.escape": "use  html.escape",
    "time.clock": "use  time.perf_counter",
    "types.NoneType": "use  type(None)",
    "platform.linux_distribution": "install  distro",
    "platform.dist": "install  distro",
    "locale.format": "use  locale.format_string",
    "string.templatelib": "use  str.format  or an f-string",
}
"""A module, or ``module.name``, -> advice."""

PROVIDERS: dict[str, frozenset[str]] = {
    "distutils": frozenset({"setuptools"}),
    "cgi": frozenset({"legacy-cgi"}),
    "cgitb": frozenset({"legacy-cgi"}),
    "asyncore": frozenset({"pyasyncore", "standard-asyncore"}),
    "asynchat": frozenset({"pyasynchat", "standard-asynchat"}),
    "audioop": frozenset({"audioop-lts"}),
    "graphlib": frozenset({"graphlib-backport"}),
    **{
        name: frozenset({f"standard-{name}"})
        for name in (
            "aifc", "chunk", "crypt", "imghdr", "mailcap", "nntplib", "pipes", "smtpd", "sndhdr", "sunau", "telnetlib",
            "uu", "xdrlib",
        )
    },
    "dataclasses": frozenset({"dataclasses"}),
    "contextvars": frozenset({"contextvars"}),
    "imp": frozenset({"zombie-imp"}),
}  # fmt: skip
"""Module -> distributions on PyPI that bring it where the standard library does not, and that others depend on."""

IN_TYPING_EXTENSIONS = frozenset(
    "Annotated AsyncContextManager Buffer CapsuleType Concatenate Final Literal LiteralString NamedTuple Never NewType "  # noqa: SIM905
    "NoDefault NoExtraItems NotRequired OrderedDict ParamSpec ParamSpecArgs ParamSpecKwargs Protocol ReadOnly Required "
    "Self SupportsIndex TypeAlias TypeAliasType TypeForm TypeGuard TypeIs TypedDict TypeVar TypeVarTuple Unpack "
    "assert_never assert_type clear_overloads dataclass_transform deprecated evaluate_forward_ref final get_args "
    "get_origin get_original_bases get_overloads get_protocol_members is_protocol is_typeddict override reveal_type "
    "runtime_checkable".split()
)
"""Names that ``typing_extensions`` 4.16 has for every Python it supports (its ``__all__``)."""

TYPING_MODULES = frozenset({"typing", "types", "warnings", "collections.abc"})
"""Modules some of whose newer names ``typing_extensions`` brings to older versions."""

PYTHON_2 = frozenset(
    "BaseHTTPServer CGIHTTPServer ConfigParser Cookie HTMLParser Queue SimpleHTTPServer SocketServer StringIO Tkinter "  # noqa: SIM905
    "UserDict UserList UserString __builtin__ anydbm cPickle cStringIO cookielib copy_reg dummy_thread htmlentitydefs "
    "httplib robotparser tkMessageBox urllib2 urlparse whichdb xmlrpclib".split()
)
"""Modules of Python 2 that Python 3 has under another name (PEP 3108), whose old names nobody on PyPI brings alone."""

PYTHON_2_VERSION = -1
"""Stands for Python 2 among the minor versions of Python 3."""
