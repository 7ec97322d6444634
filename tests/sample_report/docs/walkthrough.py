# ---
# jupyter:
#   description: The settings of a run.
# ---

# %% [markdown]
# # Walkthrough

# %%
from pathlib import Path

from vae_report.settings import load_settings

load_settings(Path("report.toml")).runs["vae-2"]
