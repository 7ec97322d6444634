"""What the codes of images tell about their labels, and how far they are from the prior."""

from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.metrics import confusion_matrix, silhouette_samples
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from vae_report.measurements.measuring import Measured, Subject, choose, measurement
from vae_report.measurements.neighbours import nearest
from vae_report.models.autoencoders import Code
from vae_report.models.objectives import kl_by_dimension
from vae_report.results.metrics import Interval, Scalar, record
from vae_report.results.uncertainty import mean_interval

NEIGHBOURS = 10
"""The number of neighbours that vote on the label of a code."""

ACTIVE = 0.01
"""Variance of the posterior mean above which a unit is active (Burda et al. 2015, 1509.00519)."""

_SILHOUETTES, _EMBEDDED = 2_500, 1_500
"""The largest numbers of images whose silhouettes are computed, and that are embedded.

The cost of either grows with the square of the number or faster.
"""

_PERPLEXITY = 30
_STEPS = 500  # half the default of scikit-learn, and enough for codes to keep their neighbours
_SEED = 0


@record
class LatentSpace:
    """Measures of the codes of the test images; an autoencoder's code is its latent vector.

    Attributes:
        kl_by_dimension: The KL divergences in nats per image, the largest first; none for an
            autoencoder.
    """

    active_units: Annotated[float | None, Scalar("Active units", 1)] = None
    kl_by_dimension: tuple[float, ...] | None = None
    knn_accuracy: Annotated[float, Scalar("Neighbours’ accuracy", 3, "highest")]
    knn_interval: Interval
    probe_accuracy: Annotated[float, Scalar("Probe’s accuracy", 3, "highest")]
    probe_interval: Interval
    silhouette: Annotated[float, Scalar("Silhouette", 3, "highest")]
    silhouette_interval: Interval
    prior_distance: Annotated[float, Scalar("Distance from the prior", 3)]


@measurement(latent_space=LatentSpace)
@torch.inference_mode()
def representation(subject: Subject) -> Measured:
    """Measure how the codes of the test images relate to labels and prior.

    Labels are predicted from codes of training images in two ways: by a vote of the k nearest, and
    by a linear probe, which is logistic regression on standardised codes.
    """
    labels = subject.labels["test"]
    code, reference = subject.test_code, subject.reference_code.mean
    means = code.mean.cpu().numpy()
    known = subject.labels["train"][subject.reference]
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    told = {
        "knn": vote(code.mean, reference, known),
        "probe": probe.fit(reference.cpu().numpy(), known).predict(means),
    }
    correct = {name: found == labels for name, found in told.items()}
    chosen = choose(len(labels), _SILHOUETTES)
    silhouettes = silhouette_samples(means[chosen], labels[chosen])
    values: dict[str, Any] = {
        "silhouette": float(np.mean(silhouettes)),
        "silhouette_interval": mean_interval(silhouettes),
        "prior_distance": prior_distance(code),
    }
    for name, hits in correct.items():
        values |= {f"{name}_accuracy": float(hits.mean()), f"{name}_interval": mean_interval(hits)}
    if code.log_variance is not None:
        values |= {
            "active_units": int((code.mean.var(dim=0) > ACTIVE).sum()),
            "kl_by_dimension": kl_by_dimension(code).sort(descending=True).values.tolist(),
        }
    return Measured(
        {"latent_space": values},
        {
            "test_means": means,
            "knn_correct": correct["knn"].astype(np.uint8),
            "knn_confusion": confusion_matrix(labels, told["knn"], normalize="true"),
        },
    )


def vote(
    points: torch.Tensor, reference: torch.Tensor, labels: NDArray[np.uint8]
) -> NDArray[np.intp]:
    """Predict the label that most of the nearest neighbours have; the lowest wins a tie.

    Args:
        points: The points, (N, L).
        reference: The points, (M, L), of which the `NEIGHBOURS` nearest vote, or all if fewer.
        labels: The labels of the reference, (M,).

    Returns:
        The predicted labels, (N,).
    """
    _, voters = nearest(points, reference, min(NEIGHBOURS, len(reference)))
    known = torch.from_numpy(labels).to(points.device).long()
    votes = torch.nn.functional.one_hot(known)[voters].sum(dim=1)
    elected: NDArray[np.intp] = votes.argmax(dim=1).cpu().numpy()
    return elected


def prior_distance(code: Code) -> float:
    r"""Measure the distance of the aggregate posterior from the prior by their first two moments.

    $\frac{1}{L} W_2^2 = \frac{1}{L} \left( \|m\|^2 + \sum_j (\sqrt{\lambda_j} - 1)^2 \right)$, the
    squared 2-Wasserstein distance of $N(m, S)$ from $N(0, I)$ (Dowson and Landau 1982,
    doi:10.1016/0047-259X(82)90077-X), where $\lambda_j$ are the eigenvalues of $S$: the covariance
    of the posteriors' means plus the mean of their variances, which is zero without variances.

    Args:
        code: The code of N images.
    """
    means = code.mean.double()
    centre = means.mean(dim=0)
    covariance = (means - centre).T @ (means - centre) / len(means)
    if code.log_variance is not None:
        covariance += code.log_variance.double().exp().mean(dim=0).diag()
    # Rounding may leave an eigenvalue of zero below it.
    deviations = torch.linalg.eigvalsh(covariance).clamp(min=0).sqrt()
    distance = centre.square().sum() + (deviations - 1).square().sum()
    return float(distance / len(centre))


@measurement
@torch.inference_mode()
def embedding(subject: Subject, first: bool) -> Measured:
    """Embed codes of more than two dimensions in the plane, for a headline run's first seed.

    The same codes are embedded by t-SNE (van der Maaten and Hinton 2008, Journal of Machine
    Learning Research 9) and by their first two principal components.
    """
    if not first or subject.model.latent <= 2:
        return Measured()
    labels = subject.labels["test"]
    chosen = choose(len(labels), _EMBEDDED)
    codes = subject.test_code.mean.cpu().numpy()[chosen]
    # A neighbourhood cannot be larger than the number of codes.
    perplexity = min(_PERPLEXITY, len(chosen) / 4)
    tsne = TSNE(init="pca", perplexity=perplexity, max_iter=_STEPS, random_state=_SEED, n_jobs=1)
    return Measured(
        arrays={
            "embedding_tsne": tsne.fit_transform(codes),
            "embedding_pca": PCA(2).fit_transform(codes),
            "embedding_labels": labels[chosen],
        }
    )
