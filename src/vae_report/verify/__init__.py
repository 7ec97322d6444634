"""The check that a report built here agrees with one that was published."""
