"""The time and memory that the report's parts take, each measured beside its alternative.

Alternatives take turns, so that a moment in which the machine is busy with something else affects
all alike; a ratio compares two neighbouring turns. Each section runs in a process of its own.
"""
