"""Projects that ``sam`` builds and packages, and the comparison of what it packages with what is predicted."""
