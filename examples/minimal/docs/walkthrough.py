# ---
# jupyter:
#   description: The settings of the model, read by Python.
# ---

# %% [markdown]
# # Walkthrough

# %%
from pathlib import Path

from vae_report.settings import load_settings

load_settings(Path("report.toml")).runs["vae-2"]
