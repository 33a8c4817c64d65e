"""``python -m vartask``."""

import sys

from vartask.cli import main

if __name__ == "__main__":
    sys.exit(main())
