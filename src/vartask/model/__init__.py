"""The words of the house: frozen values that every stage speaks in.

Standard library only, no input or output.  What each word means is in its own module;
this page re-exports them so that the other layers have one place to import from.
"""

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from vartask.model.words import *  # noqa: F403 - all of them
else:

    def __getattr__(name: str) -> object:
        """All words at once, when the first is asked for: a result that is remembered needs few of them."""
        from importlib import import_module

        # Not ``from vartask.model import words``, which asks this function first.
        words = import_module(f"{__name__}.words")
        if name not in words.__all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals().update({word: getattr(words, word) for word in words.__all__})
        return globals()[name]
