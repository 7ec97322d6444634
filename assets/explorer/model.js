// Encoder and decoder of a loaded model, and the two terms of its loss.

/** The exponential families of src/vae_report/models/likelihoods.py: log p(x|a) = a x - A(a), a pixel. */
const LIKELIHOODS = {
  bernoulli: {
    logPartition: (logit) => Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))),
    mean: (logit) => 1 / (1 + Math.exp(-logit)),
  },
  "continuous-bernoulli": {
    logPartition: (logit) => {
      const size = Math.max(Math.abs(logit), Number.MIN_VALUE);
      return Math.max(logit, 0) + Math.log(-Math.expm1(-size) / size);
    },
    // Near 0 the two terms grow without bound, and their difference is lost.
    mean: (logit) =>
      Math.abs(logit) < 1e-4 ? 0.5 + logit / 12 : -1 / Math.expm1(-logit) - 1 / logit,
  },
};

/**
 * @typedef {object} Code what an encoder says of an image
 * @property {Float32Array} mean the posterior's mean, a number a latent dimension; an
 *   autoencoder's code itself
 * @property {Float32Array|null} logVariance logarithm of the posterior's variance, likewise; an
 *   autoencoder has none
 */

/**
 * Make a model of what was loaded.
 *
 * @param {{entry: object, tensors: Object<string, Float32Array>}} loaded by `loadModel`
 * @returns {{name: string, kind: string, latent: number, likelihood: string,
 *   points: Float32Array, deviations: Float32Array|null, centre: Float32Array,
 *   directions: Float32Array, encode: function(Float32Array): Code,
 *   decode: function(ArrayLike<number>): Float32Array,
 *   pixels: function(Float32Array): Float32Array}} the tensors of the manifest, row by row;
 *   `encode` takes 784 pixels in [0, 1]; `decode` a latent vector, and returns 784 logits;
 *   `pixels` turns those into expected pixel values in [0, 1]. What they return is the caller's.
 */
export function makeModel({ entry, tensors }) {
  const { run: name, kind, latent, likelihood } = entry;
  const { points, deviations = null, centre, directions } = tensors;
  const encoder = entry.encoder.map((layer) => makeLayer(layer, tensors));
  const decoder = entry.decoder.map((layer) => makeLayer(layer, tensors));
  return {
    name,
    kind,
    latent,
    likelihood,
    points,
    deviations,
    centre,
    directions,
    encode(pixels) {
      const output = through(encoder, pixels);
      const logVariance = kind === "vae" ? output.subarray(latent) : null;
      return { mean: output.subarray(0, latent), logVariance };
    },
    // One kind of array everywhere keeps the loop in `linear` fast.
    decode: (z) => through(decoder, Float32Array.from(z)),
    pixels: (logits) => logits.map(LIKELIHOODS[likelihood].mean),
  };
}

/**
 * What each pixel of an image adds to its reconstruction term.
 *
 * @param {Float32Array} logits 784, decoded
 * @param {ArrayLike<number>} pixels 784, in [0, 1], of the original
 * @param {string} likelihood of the model
 * @returns {Float32Array} 784, -log p(x|a) in nats
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
  const rate = (mu, j) => (mu * mu + Math.expm1(logVariance[j]) - logVariance[j]) / 2;
  return Array.from(mean, rate).reduce((sum, term) => sum + term, 0);
}

function through(layers, input) {
  return layers.reduce((values, layer) => layer(values), input);
}

function makeLayer({ type, weight, bias }, tensors) {
  return type === "relu" ? relu : linear(tensors[weight], tensors[bias]);
}

function relu(values) {
  return values.map((value) => Math.max(value, 0));
}

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
