"""One training step on the CPU, in little more than the time of its matrix products."""

import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from vae_report.models.autoencoders import AE


class FastStep:
    r"""One step of Adam (Kingma and Ba 2015, arXiv:1412.6980), with its gradient written by hand.

    It equals `vae_report.training.loop.PlainStep`, up to rounding, for perceptrons of linear layers
    with a ReLU between each two. Images are the columns of every matrix here. $G$ is the gradient
    of the loss, averaged over the N images of the batch, with respect to the quantity named:

    - for the logits $a$: $G = (A'(a) - x) / N$, where $A'$ is the likelihood's mean;
    - through a layer $a = W h + b$: $G_W = G_a h^\top$, $G_b = G_a 1$, $G_h = W^\top G_a$;
    - through a ReLU: $G$ where its output is positive, else 0;
    - through $z = \mu + \sigma \odot \epsilon$, where $s = \log \sigma^2$ and the rate is
      $\frac{1}{2} (\mu^2 + e^s - 1 - s)$:
      $G_\mu = G_z + \frac{\beta}{N} \mu$ and
      $G_s = \frac{1}{2} (G_z \odot \sigma \odot \epsilon + \frac{\beta}{N} (e^s - 1))$.

    The parameters of encoder and decoder each become views of one vector, which Adam updates in
    one sweep; their `grad` keeps the gradient of the last step.

    Args:
        model: The model, on the CPU; its weights are updated in place.
    """

    def __init__(self, model: AE) -> None:
        self.variational = model.variational
        self.likelihood = model.likelihood
        self.encoder = _Perceptron(model.encoder)
        self.decoder = _Perceptron(model.decoder)

    @torch.inference_mode()
    def __call__(self, images: Tensor, noise: Tensor, rate: float, beta: float) -> Tensor:
        """Update the weights.

        Args:
            images: The images, (N, pixels), uint8.
            noise: Standard normal noise, (N, L); an autoencoder ignores it.
            rate: The learning rate.
            beta: The weight of the KL term.

        Returns:
            The BCE and KL before the update, (2,), in nats, averaged over the batch.
        """
        count = len(images)
        pixels = images.t().to(torch.float32, memory_format=torch.contiguous_format).div_(255)
        code = self.encoder.forward(pixels)
        if self.variational:
            mean, log_variance = code.chunk(2)
            deviation = torch.exp(0.5 * log_variance) * noise.t()
            bce, gradient = self._fit_decoder(mean + deviation, pixels, rate)
            growth = torch.expm1(log_variance)
            kl = 0.5 * (mean.square() + growth - log_variance).sum()
            weight = beta / count
            gradient = torch.cat(
                [gradient + weight * mean, 0.5 * (gradient * deviation + weight * growth)]
            )
        else:
            bce, gradient = self._fit_decoder(code, pixels, rate)
            kl = torch.zeros(())
        self.encoder.backward(gradient)
        self.encoder.update(rate)
        return torch.stack([bce, kl]).div_(count)

    def _fit_decoder(self, latents: Tensor, pixels: Tensor, rate: float) -> tuple[Tensor, Tensor]:
        """Return the summed BCE, and its gradient with respect to the (L, N) latent vectors."""
        logits = self.decoder.forward(latents)
        log_partition = self.likelihood.log_partition(logits).sum()
        bce = log_partition - torch.dot(pixels.ravel(), logits.ravel())
        residual = self.likelihood.mean(logits).sub_(pixels)
        gradient = self.decoder.backward(residual.div_(pixels.shape[1]))
        gradient = self.decoder.layers[0].weight.t() @ gradient
        self.decoder.update(rate)
        return bce, gradient


class _Layer:
    """A linear layer whose inputs are columns."""

    def __init__(self, linear: nn.Linear) -> None:
        self.weight, self.weight_gradient = linear.weight.detach(), linear.weight.grad
        self.bias, self.bias_gradient = linear.bias.detach()[:, None], linear.bias.grad

    def forward(self, inputs: Tensor) -> Tensor:
        return torch.addmm(self.bias, self.weight, inputs)

    def keep_gradients(self, gradient: Tensor, inputs: Tensor) -> None:
        torch.mm(gradient, inputs.t(), out=self.weight_gradient)
        torch.sum(gradient, 1, out=self.bias_gradient)


class _Perceptron:
    """Linear layers with a ReLU between each two.

    With images as columns MKL shares a product better between two threads than with images as
    rows, by up to a third for a batch of 128; on one thread there is no difference.
    """

    def __init__(self, network: nn.Sequential) -> None:
        parameters = list(network.parameters())
        self.weights = parameters_to_vector(parameters).detach()
        vector_to_parameters(self.weights, parameters)
        self.gradients, self.first_moments, self.second_moments = (
            torch.zeros_like(self.weights) for _ in range(3)
        )
        sizes = [parameter.numel() for parameter in parameters]
        for parameter, gradient in zip(parameters, self.gradients.split(sizes), strict=True):
            parameter.grad = gradient.view_as(parameter)
        self.steps = torch.zeros(())
        self.layers = [_Layer(module) for module in network if isinstance(module, nn.Linear)]
        self.inputs: list[Tensor] = []

    def forward(self, columns: Tensor) -> Tensor:
        """Map (inputs, N) to (outputs, N), keeping the inputs of each layer."""
        self.inputs = [columns]
        for layer in self.layers[:-1]:
            self.inputs.append(layer.forward(self.inputs[-1]).relu_())
        return self.layers[-1].forward(self.inputs[-1])

    def backward(self, gradient: Tensor) -> Tensor:
        """Keep every layer's gradients, and return that of the first layer's outputs.

        Args:
            gradient: The gradient of the last layer's outputs, (outputs, N).
        """
        below = list(zip(self.layers, self.inputs, strict=True))
        for layer, inputs in reversed(below[1:]):
            layer.keep_gradients(gradient, inputs)
            gradient = torch.ops.aten.threshold_backward(layer.weight.t() @ gradient, inputs, 0.0)
        self.layers[0].keep_gradients(gradient, self.inputs[0])
        return gradient

    def update(self, rate: float) -> None:
        """Move the weights as Adam does."""
        self.steps += 1
        # The kernel of `torch.optim.Adam(fused=True)`, without the optimizer's bookkeeping, which
        # takes about half as long again.
        torch._fused_adam_(
            [self.weights],
            [self.gradients],
            [self.first_moments],
            [self.second_moments],
            [],
            [self.steps],
            lr=rate,
            beta1=0.9,
            beta2=0.999,
            weight_decay=0.0,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )
