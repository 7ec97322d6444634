"""The stages of a build: one module each, with its item and the job that makes it side by side.

An item lists its store entries, and a job, done by a process here or elsewhere, returns their
files. `vae_report.engine.graph` makes what is missing; `vae_report.stages.report` lists
all items.
"""
