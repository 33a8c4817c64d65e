"""Projects that work, the ways in which people break them, and what the real runtime says of the result."""
