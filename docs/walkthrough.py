# ---
# jupyter:
#   description: >-
#     The report's models in a notebook: from an image to its code, from the code to the loss, and
#     from the prior to new images, on the runs that the build trained.
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Walkthrough
#
# The report's models in a notebook: from an image to its code, from the code to the loss, and from
# the prior to new images. Nothing is implemented a second time here: every step calls the package
# that made the report, on the runs that the build trained.

# %% [markdown]
# ## The settings and the data
#
# `report.toml` says what the report is; the build says with which profile it was made.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import torch

from vae_report.data import load_dataset
from vae_report.settings import load_settings

settings = load_settings(Path("report.toml"), os.environ.get("PROFILE") or "full")
folder = Path(os.environ.get("VAE_REPORT_DATA") or "data")
dataset = load_dataset(settings.data, folder)
print(dataset.name, "verified" if dataset.verified else "unverified", dataset.digest[:12])
print("training  ", dataset.train_images.shape)
print("validation", dataset.validation_images.shape)
print("test      ", dataset.test_images.shape)

# %% [markdown]
# Images are rows of bytes, one a pixel. Here is one of every class:

# %% alt="One validation image of each class, with the name of its class."
from vae_report.data.choosing import first_of_each_class


def show(images, titles=()):
    """Show (N, pixels) images in [0, 1] in a row."""
    _, panels = plt.subplots(1, len(images), figsize=(7.2, 1.1))
    for number, panel in enumerate(panels):
        image = images[number].reshape(dataset.side, dataset.side)
        panel.imshow(image, cmap="gray_r", vmin=0, vmax=1)
        panel.set_axis_off()
        if titles:
            panel.set_title(titles[number], fontsize=7)
    plt.show()


chosen = first_of_each_class(dataset.validation_labels, 1)
classes = [dataset.classes[label] for label in dataset.validation_labels[chosen]]
show(dataset.validation_images[chosen] / 255, classes)

# %% [markdown]
# ## A finished run
#
# A run is named by the hash of all that its weights depend on: its settings, the data, and the
# code that trains. The store maps that name to files. The settings of a run hold the first of its
# seeds, so this is the model whose pictures the report shows. The numbers of the report are means
# over all seeds.

# %%
from vae_report.engine.store import Store
from vae_report.measurements.measuring import load_model
from vae_report.training.runs import run_spec

spec = run_spec(settings, settings.runs["vae-2"], dataset.digest)
run = Store(Path(".cache/store")).find(spec.key)
weights = (run / "weights.safetensors").read_bytes()
model = load_model(spec.settings, dataset.side**2, weights)
print(spec.key)
model

# %% [markdown]
# ## From image to code
#
# The encoder gives the mean $\mu$ and the log-variance $\log\sigma^2$ of the posterior
# $q(z \mid x)$. A code is drawn from it with noise from outside,
#
# $$z = \mu + \sigma \odot \epsilon, \qquad \epsilon \sim \mathcal{N}(0, I),$$
#
# so that gradients reach $\mu$ and $\sigma$.

# %%
from vae_report.models.autoencoders import as_pixels, reparameterize

pixels = as_pixels(torch.from_numpy(dataset.validation_images[chosen]))
generator = torch.Generator().manual_seed(0)
noise = torch.randn(len(pixels), model.latent, generator=generator)
with torch.no_grad():
    code = model.encode(pixels)
    latents = reparameterize(code, noise)
print("mu    ", code.mean[0].numpy().round(3))
print("sigma ", torch.exp(0.5 * code.log_variance[0]).numpy().round(3))
print("z     ", latents[0].numpy().round(3))

# %% [markdown]
# ## From code to loss
#
# Decoding gives a logit for each pixel. The loss of an image is its cross-entropy, summed over the
# pixels, plus the KL divergence of its posterior from the prior:
#
# $$-\mathrm{ELBO} = \mathrm{BCE} + \mathrm{KL}.$$

# %%
from vae_report.models.objectives import loss_terms

with torch.no_grad():
    terms = loss_terms(model, pixels, noise)
for name, bce, kl in zip(classes, *terms, strict=True):
    print(f"{name:12} BCE {bce:6.1f}   KL {kl:4.1f}   sum {bce + kl:6.1f} nats")

# %% [markdown]
# The reconstructions, decoded from the posterior's mean:

# %% alt="The same images as the model reconstructs them."
with torch.no_grad():
    reconstructions = model.pixels(model.decode(code.mean))
show(reconstructions.numpy())

# %% [markdown]
# ## From the prior to new images
#
# Draws from $\mathcal{N}(0, I)$ need no image at all:

# %% alt="Ten images decoded from random draws."
draws = torch.randn(10, model.latent, generator=generator)
with torch.no_grad():
    show(model.pixels(model.decode(draws)).numpy())

# %% [markdown]
# ## How it was trained
#
# The history of the run has a row for each epoch. These are the last:

# %%
import pandas as pd

history = pd.read_csv(run / "history.csv")
columns = ["epoch", "train_negative_elbo", "validation_negative_elbo"]
history[columns].tail(3).round(2)

# %% [markdown]
# To train a model of your own, add a table to `report.toml`, say
#
# ```toml
# [runs.vae-8]
# model = "vae"
# latent = 8
# ```
#
# and run `make site`: the new run is trained, and everything else is reused.
