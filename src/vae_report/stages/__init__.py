"""The stages of a build: one module each, with its item and the job that makes it side by side.

An item says what the store is to hold, and a job, done by a process here or elsewhere, returns the
files. `vae_report.engine.graph` makes what is missing; `report` has the list of all items.
"""
