"""Whether a report that was built here agrees with one that was published."""
