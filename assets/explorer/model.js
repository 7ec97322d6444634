// Encoder and decoder of a loaded model, and the two terms of its loss.

/** The exponential families of src/vae_report/models/likelihoods.py: log p(x|a) = a x - A(a), a pixel. */
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
 * @typedef {{mean: Float32Array, logVariance: Float32Array}} Gaussian - What a VAE's encoder says of
 *   an image: the posterior's mean and the logarithm of its variance, a number a latent dimension.
 * @typedef {Gaussian | {mean: Float32Array, logVariance: null}} Code - The same, or an autoencoder's
 *   code.
 * @typedef {(values: Float32Array) => Float32Array} Map - What a layer does.
 * @typedef {Record<string, Float32Array>} Weights
 * @typedef {ReturnType<typeof makeModel>} Model
 */

/**
 * Make a model of what was loaded.
 *
 * @param {{entry: import("./weights.js").Architecture, tensors: Weights}} loaded by `loadModel`
 * @returns the tensors of the manifest, row by row;
 *   `encode` takes pixels in [0, 1]; `decode` a latent vector, and returns a logit a pixel;
 *   `pixels` turns those into expected pixel values in [0, 1]. What they return is the caller's.
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
    /** None of an autoencoder. */
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
 * What each pixel of an image adds to its reconstruction term.
 *
 * @param {Float32Array} logits decoded
 * @param {ArrayLike<number>} pixels in [0, 1], of the original
 * @param {keyof typeof LIKELIHOODS} likelihood of the model
 * @returns {Float32Array} a pixel each, -log p(x|a) in nats
 */
export function crossEntropy(logits, pixels, likelihood) {
  const { logPartition } = LIKELIHOODS[likelihood];
  return logits.map((logit, index) => logPartition(logit) - logit * pixels[index]);
}

/**
 * KL divergence of a code from the prior N(0, I).
 *
 * @param {Code} code of an image
 * @returns {number} in nats; 0 of a code without a variance
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
