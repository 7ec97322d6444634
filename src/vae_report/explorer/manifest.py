"""What lies in the explorer's files, and how a browser reads it."""

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict

MANIFEST = "manifest.json"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tensor(_Record):
    """An array in a file, row by row, little-endian.

    Attributes:
        dtype: of its numbers as stored.
        shape: of the array.
        offset: of its first byte, a multiple of four.
        scale: the tensor, (rows,), whose entries the rows of integers are to be multiplied by.
    """

    dtype: Literal["float32", "int16", "uint8"]
    shape: tuple[int, ...]
    offset: int
    scale: str | None = None


class BinaryFile(_Record):
    """A file of tensors.

    Attributes:
        file: its name, beside the manifest.
        sha256: of its content.
        bytes: of its content.
        tensors: by name.
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
        run: its name in `report.toml`.
        key: the run's name in the store.
        kind: whether its code is a distribution.
        latent: L.
        likelihood: of a pixel given its logit.
        encoder: from D pixels in [0, 1] to the code, or to its mean and, after it, log-variance.
        decoder: from a latent vector to D logits.
        tensors: besides those of the layers:

            - `points` (P, L): the images' codes, or posterior means.
            - `deviations` (P, L): standard deviations of the posteriors, of a VAE alone.
            - `centre` (L,): mean of the codes of all validation images.
            - `directions` (L, L): a row a direction, as long as the standard deviation of those
              codes along it: of two dimensions the axes, of more the principal components, the
              longest first. The plane through z = centre + u · directions[i] + v · directions[j]
              has thus one scale for all models.
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
        classes: the name of each label.
        side: The number of pixels a side of an image, which has D of them.
        models: a file each.
        images: the file of `pixels` (N, D) and `labels` (N,) of test images, and of
            `point_labels` (P,), the labels of the models' points.
    """

    classes: tuple[str, ...]
    side: int
    models: tuple[ModelFile, ...]
    images: BinaryFile


def sha256(content: bytes) -> str:
    """Digest the content of a file."""
    return hashlib.sha256(content).hexdigest()
