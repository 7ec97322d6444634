"""The content of this report's card."""

from report.figures.latent import decoded_plane
from vae_report.figures.card import Motif, card
from vae_report.figures.selection import labels, runs_of
from vae_report.results import NotMeasured, Results


@card
def first_plane(results: Results) -> Motif:
    """Show the decoded plane of the first 2-D VAE, and its negative ELBO.

    Raises:
        NotMeasured: The profile has no 2-D VAE.
    """
    run = runs_of(results, variational=True, smallest=2, largest=2)[0]
    if run.metrics.test is None or run.metrics.test.negative_elbo is None:
        raise NotMeasured("no 2-D VAE has a negative ELBO")
    [name] = labels([run])
    return Motif(
        picture=decoded_plane(run),
        number=f"{run.metrics.test.negative_elbo:.1f} nats",
        meaning=f"negative ELBO of the {name}\non test images it never saw",
        alt=f"the latent plane of the {name}, decoded, and its negative ELBO on test images",
    )
