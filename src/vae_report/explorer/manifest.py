"""The content of the explorer's files, and how a browser reads it."""

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict

MANIFEST = "manifest.json"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tensor(_Record):
    """An array in a file, row by row, little-endian.

    Attributes:
        dtype: The type of its numbers as stored.
        shape: The shape of the array.
        offset: The position of its first byte, a multiple of four.
        scale: The name of a tensor, (rows,), by whose entries the rows of integers are multiplied.
    """

    dtype: Literal["float32", "int16", "uint8"]
    shape: tuple[int, ...]
    offset: int
    scale: str | None = None


class BinaryFile(_Record):
    """A file of tensors.

    Attributes:
        file: The name of the file, which lies beside the manifest.
        sha256: The SHA-256 of its content.
        bytes: The number of bytes in it.
        tensors: The tensors by name.
    """

    file: str
    sha256: str
    bytes: int
    tensors: dict[str, Tensor]


class Linear(_Record):
    """Maps x to weight · x + bias: names of tensors, (outputs, inputs) and (outputs,)."""

    type: Literal["linear"] = "linear"
    weight: str
    bias: str


class ReLU(_Record):
    """Maps x to max(x, 0)."""

    type: Literal["relu"] = "relu"


Layers = tuple[Linear | ReLU, ...]


class ModelFile(BinaryFile):
    """A model of latent size L, and P validation images as it sees them.

    Attributes:
        run: The run's name in `report.toml`.
        key: The run's name in the store.
        kind: Whether its code is a distribution, as a VAE's is.
        latent: The number L of latent dimensions.
        likelihood: The distribution of a pixel given its logit.
        encoder: The layers from D pixels in [0, 1] to the code, or to its mean and log-variance.
        decoder: The layers from a latent vector to D logits.
        tensors: The tensors of the layers and these:

            - `points` (P, L): The images' codes, or posterior means.
            - `deviations` (P, L): The posteriors' standard deviations; a VAE alone has them.
            - `centre` (L,): The mean of the codes of all validation images.
            - `directions` (L, L): A direction in each row, as long as the standard deviation of
              those codes along it: the axes if L is 2, else the principal components, the
              longest first. The plane z = centre + u · directions[i] + v · directions[j] has
              thus one scale for all models.
    """

    run: str
    key: str
    kind: Literal["vae", "ae"]
    latent: int
    likelihood: str
    encoder: Layers
    decoder: Layers


class Manifest(_Record):
    """All that the explorer may load.

    Attributes:
        classes: The name of each label.
        side: The number of pixels on a side of an image, which has D pixels.
        models: The models, a file each.
        images: The file of `pixels` (N, D) and `labels` (N,) of test images, and of
            `point_labels` (P,), the labels of the models' points.
    """

    classes: tuple[str, ...]
    side: int
    models: tuple[ModelFile, ...]
    images: BinaryFile


def sha256(content: bytes) -> str:
    """Digest the content of a file."""
    return hashlib.sha256(content).hexdigest()
