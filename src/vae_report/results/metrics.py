"""What is measured, as records of finite numbers: the contents of `metrics.json`."""

from pydantic import BaseModel, ConfigDict

Interval = tuple[float, float]
"""The ends of a 95 % interval."""


class _Metrics(BaseModel):
    """A record of finite numbers: what is not finite is no measurement."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SplitMetrics(_Metrics):
    """Averages over the images of one split; the first four in nats per image.

    Attributes:
        negative_elbo: reconstruction + KL with one sampled latent vector an image, under the run's
            own likelihood; none for an autoencoder, which bounds no likelihood.
        bce: cross-entropy, summed over pixels, under the same sampled latent vector; of an
            autoencoder, under its one latent vector. Of a run with a continuous Bernoulli
            likelihood, the negative log-density.
        kl: KL divergence of the posterior from the prior, unweighted; none for an autoencoder.
        mean_decoded_loss: `bce` of the decoded posterior mean, plus KL: smaller than the negative
            ELBO and no bound; of an autoencoder, its BCE.
        mse: mean squared error a pixel of the decoded posterior mean, pixels in [0, 1].
        psnr: peak signal-to-noise ratio in dB, of each image, averaged.
        ssim: structural similarity of the decoded posterior mean (Wang et al. 2004).
        sharpness: energy of the Laplacian of the reconstruction over that of the original.
    """

    negative_elbo: float | None
    bce: float
    kl: float | None
    mean_decoded_loss: float
    mse: float
    psnr: float
    ssim: float
    sharpness: float


class Evidence(_Metrics):
    """A tighter bound on the negative log-likelihood of the test images (Burda et al. 2015).

    It takes long, and is measured with the first seed alone; so it has no interval.

    Attributes:
        bound: in nats per image; an upper bound on the negative log-likelihood.
        draws: samples of the posterior behind it, an image.
    """

    bound: float
    draws: int


class LatentSpace(_Metrics):
    """What the codes of the test images say; the autoencoder's code is its latent vector.

    Attributes:
        active_units: dimensions in which the posterior mean varies by more than 0.01 over images
            (Burda et al. 2015); none for an autoencoder.
        kl_by_dimension: in nats per image, the largest first; none for an autoencoder.
        knn_accuracy: of the label, from the nearest encoded training images.
        knn_interval: of it.
        probe_accuracy: of the label, by logistic regression on encoded training images.
        probe_interval: of it.
        silhouette: mean silhouette of the labels (Rousseeuw 1987), in [-1, 1].
        silhouette_interval: of it.
        prior_distance: squared Wasserstein distance, a dimension, of the Gaussian with the
            moments of the aggregate posterior from the prior.
    """

    active_units: float | None
    kl_by_dimension: tuple[float, ...] | None
    knn_accuracy: float
    knn_interval: Interval
    probe_accuracy: float
    probe_interval: Interval
    silhouette: float
    silhouette_interval: Interval
    prior_distance: float


class Recognition(_Metrics):
    """What the classifier sees in reconstructions and along straight lines in latent space.

    Attributes:
        label_kept: share of test images whose reconstruction it gives the label of the original.
        label_kept_interval: of it.
        path_confidence: its mean highest probability along the lines, ends left out.
        path_confidence_interval: over lines.
        path_realism: share of points on the lines, ends left out, that lie among real images in
            its feature space, as `SampleQuality.realistic` says it of samples and of real images.
        path_realism_interval: over lines.
    """

    label_kept: float
    label_kept_interval: Interval
    path_confidence: float
    path_confidence_interval: Interval
    path_realism: float
    path_realism_interval: Interval


class SampleQuality(_Metrics):
    """Generated images beside real test images, in the feature space of the classifier.

    Features are in units of the real ones' standard deviation.

    Attributes:
        frechet: Fréchet distance of the features' Gaussians.
        frechet_interval: over generated and real images.
        kernel: squared maximum mean discrepancy, cubic kernel (Bińkowski et al. 2018).
        kernel_error: standard error of it, over blocks.
        density: Naeem et al. 2020; 1 for images like the real ones.
        coverage: share of real images with a generated one in their neighbourhood (ibid.).
        confidence: mean of the classifier's highest probability.
        recognised: share of images with a highest probability of at least 0.9.
        recognised_interval: of it.
        realistic: share of images among the real ones: in one of the half of their neighbourhoods
            with the smaller radii.
        class_entropy: mean entropy of the classifier's probabilities, in nats.
        class_balance: entropy of the mean probabilities over that of equal shares; 1 is balanced.
        sharpness: mean energy of the Laplacian over that of real test images.
        sharpness_interval: of it.
    """

    frechet: float
    frechet_interval: Interval
    kernel: float
    kernel_error: float
    density: float
    coverage: float
    confidence: float
    recognised: float
    recognised_interval: Interval
    realistic: float
    class_entropy: float
    class_balance: float
    sharpness: float
    sharpness_interval: Interval


class RunMetrics(_Metrics):
    """What is measured of one finished run.

    Attributes:
        kind: The model's name in `report.toml`.
        label: Its name in tables and figures.
        variational: Whether its code is a distribution, which makes it a VAE of some kind.
        latent: dimensions of the latent space.
        likelihood: of a pixel.
        beta: The weight of the KL term; none for an autoencoder.
        learning_rate: the peak of the schedule.
        seeds: of weights, order of images, noise, and of the classifier that judges the run: all
            those over which the values are means.
        parameters: number of weights.
        epochs: that were trained, fewer than asked for if the run diverged.
        seconds: that training took.
        diverged: whether the loss stopped being finite, with any of the seeds; then nothing below
            is measured.
        validation: averages over the validation images.
        test: averages over the test images.
        intervals: of the values of `test`, by their names.
        per_class: the values of `test` by their names, but for each class: of `bce`, `mse`,
            `psnr`, `ssim` and `sharpness`.
        evidence: of the first seed of headline VAEs alone.
        latent_space: what codes say.
        recognition: what the classifier sees in reconstructions.
        samples: draws from N(0, I), decoded.
        mixture_samples: draws from a Gaussian mixture fitted to an autoencoder's codes, decoded;
            of headline autoencoders alone.
    """

    kind: str
    label: str
    variational: bool
    latent: int
    likelihood: str
    beta: float | None
    learning_rate: float
    seeds: tuple[int, ...]
    parameters: int
    epochs: float
    seconds: float
    diverged: bool
    validation: SplitMetrics | None = None
    test: SplitMetrics | None = None
    intervals: dict[str, Interval] = {}
    per_class: dict[str, tuple[float, ...]] = {}
    evidence: Evidence | None = None
    latent_space: LatentSpace | None = None
    recognition: Recognition | None = None
    samples: SampleQuality | None = None
    mixture_samples: SampleQuality | None = None


class ClassifierMetrics(_Metrics):
    """What the classifier that judges samples reaches on the test images.

    Attributes:
        accuracy: share of test images whose label it names.
        accuracy_interval: of it.
        recall: the same for each class.
        parameters: number of weights.
        epochs: passes over the training images.
        seconds: that training took.
    """

    accuracy: float
    accuracy_interval: Interval
    recall: tuple[float, ...]
    parameters: int
    epochs: int
    seconds: float


class Baselines(_Metrics):
    """What tells good samples from bad: other images, judged like samples.

    Attributes:
        classifier: that judges.
        samples: quality of real training images (`real`), of Gaussian noise with each pixel's own
            mean and variance (`noise`), and, by `pca-L` for each latent size L of the headline, of
            draws from a Gaussian fitted to the scores of L principal components.
    """

    classifier: ClassifierMetrics
    samples: dict[str, SampleQuality]
