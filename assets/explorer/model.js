// Encoder and decoder of a loaded model, and the two terms of its loss.

/** The exponential families of models/likelihoods.py: log p(x|a) = a x - A(a) per pixel. */
export const LIKELIHOODS = {
  bernoulli: {
    logPartition: (/** @type {number} */ logit) =>
      Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))),
    mean: (/** @type {number} */ logit) => 1 / (1 + Math.exp(-logit)),
  },
  "continuous-bernoulli": {
    logPartition: (/** @type {number} */ logit) => {
      const size = Math.max(Math.abs(logit), Number.MIN_VALUE);
      return Math.max(logit, 0) + Math.log(-Math.expm1(-size) / size);
    },
    // Near 0 the two terms grow without bound, and their difference is lost.
    mean: (/** @type {number} */ logit) =>
      Math.abs(logit) < 1e-4 ? 0.5 + logit / 12 : -1 / Math.expm1(-logit) - 1 / logit,
  },
};

/**
 * @typedef {{mean: Float32Array, logVariance: Float32Array}} Gaussian - A VAE's code of an image:
 *   the posterior's mean and the logarithm of its variance, a number per latent dimension.
 * @typedef {Gaussian | {mean: Float32Array, logVariance: null}} Code - A VAE's code, or an
 *   autoencoder's.
 * @typedef {(values: Float32Array) => Float32Array} Map - The map of a layer.
 * @typedef {Record<string, Float32Array>} Weights
 * @typedef {ReturnType<typeof makeModel>} Model
 */

/**
 * Make a model of what was loaded.
 *
 * @param {{entry: import("./weights.js").Architecture, tensors: Weights}} loaded - Loaded files.
 * @returns The tensors of the manifest, row by row, and functions whose results are the caller's:
 *   `encode` takes pixels in [0, 1]; `decode` takes a latent vector and returns a logit per pixel;
 *   `pixels` turns logits into expected pixel values in [0, 1].
 */
export function makeModel({ entry, tensors }) {
  const { run: name, kind, latent, likelihood } = entry;
  const { points, centre, directions } = tensors;
  const encoder = entry.encoder.map((layer) => makeLayer(layer, tensors));
  const decoder = entry.decoder.map((layer) => makeLayer(layer, tensors));
  return {
    name,
    kind,
    latent,
    likelihood,
    points,
    /** An autoencoder has none. */
    deviations: kind === "vae" ? tensors.deviations : null,
    centre,
    directions,
    /**
     * @param {Float32Array} pixels
     * @returns {Code}
     */
    encode(pixels) {
      const output = through(encoder, pixels);
      const mean = output.subarray(0, latent);
      return kind === "vae"
        ? { mean, logVariance: output.subarray(latent) }
        : { mean, logVariance: null };
    },
    // One kind of array everywhere keeps the loop in `linear` fast.
    decode: (/** @type {ArrayLike<number>} */ z) => through(decoder, Float32Array.from(z)),
    pixels: (/** @type {Float32Array} */ logits) => logits.map(LIKELIHOODS[likelihood].mean),
  };
}

/**
 * The contribution of each pixel of an image to its reconstruction term.
 *
 * @param {Float32Array} logits - The decoded logits.
 * @param {ArrayLike<number>} pixels - The original's pixels in [0, 1].
 * @param {keyof typeof LIKELIHOODS} likelihood - The likelihood of the model.
 * @returns {Float32Array} The values -log p(x|a) of the pixels, in nats.
 */
export function crossEntropy(logits, pixels, likelihood) {
  const { logPartition } = LIKELIHOODS[likelihood];
  return logits.map((logit, index) => logPartition(logit) - logit * pixels[index]);
}

/**
 * KL divergence of a code from the prior N(0, I).
 *
 * @param {Code} code - The code of an image.
 * @returns {number} The divergence in nats; 0 for a code without a variance.
 */
export function klDivergence({ mean, logVariance }) {
  if (!logVariance) {
    return 0;
  }
  const rate = (/** @type {number} */ mu, /** @type {number} */ j) =>
    (mu * mu + Math.expm1(logVariance[j]) - logVariance[j]) / 2;
  return Array.from(mean, rate).reduce((sum, term) => sum + term, 0);
}

/**
 * @param {Map[]} layers
 * @param {Float32Array} input
 */
function through(layers, input) {
  return layers.reduce((values, layer) => layer(values), input);
}

/**
 * @param {import("./weights.js").Layer} layer
 * @param {Weights} tensors
 * @returns {Map}
 */
function makeLayer(layer, tensors) {
  return layer.type === "relu" ? relu : linear(tensors[layer.weight], tensors[layer.bias]);
}

/** @param {Float32Array} values */
function relu(values) {
  return values.map((value) => Math.max(value, 0));
}

/**
 * @param {Float32Array} weight
 * @param {Float32Array} bias
 * @returns {Map}
 */
function linear(weight, bias) {
  return (input) => {
    const output = new Float32Array(bias.length);
    for (let row = 0, next = 0; row < output.length; row += 1) {
      let sum = bias[row];
      for (let column = 0; column < input.length; column += 1, next += 1) {
        sum += weight[next] * input[column];
      }
      output[row] = sum;
    }
    return output;
  };
}
