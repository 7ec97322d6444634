"""How long the report's parts take, and in how much memory: each measured beside its alternative.

Alternatives take turns, so that a moment in which the machine is busy with something else weighs on
all alike; a ratio is that of two neighbouring turns. Everything is measured in processes started
for it.
"""
