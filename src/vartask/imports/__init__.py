"""Module facts, search path, resolution, and the replay of imports."""
