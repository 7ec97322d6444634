// The reparameterization z = μ + σ·ε, with a handle on each of its parts along the two directions
// of a chart. Components in other directions stay as they were drawn.

/**
 * @typedef {import("./chart.js").Point} Point
 *
 * @typedef {object} Draw - A posterior and a draw from it.
 * @property {Point} mean - The values of μ, σ and ε along the two directions.
 * @property {Point} deviation
 * @property {Point} noise
 * @property {Float32Array} centre - The mean and the draw, [L].
 * @property {Float32Array} z
 * @property {import("./chart.js").Covariance} covariance
 * @property {number} kl - The divergence from the prior, in nats.
 */

import { alongBoth } from "./chart.js";
import { klDivergence } from "./model.js";

/**
 * Standard normal numbers that depend on the seed alone (mulberry32 and the transform of Box and
 * Muller).
 * @param {number} seed - A whole number; 0 stands for no noise.
 * @param {number} count
 * @returns {Float32Array} The numbers, [count].
 */
export function noise(seed, count) {
  let counter = seed;
  const uniform = () => {
    counter = (counter + 0x6d2b79f5) | 0;
    let mixed = Math.imul(counter ^ (counter >>> 15), counter | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return Float32Array.from({ length: count }, () => (seed ? normal() : 0));
}

/**
 * KL(N(m, s²) ‖ N(0, 1)), in nats.
 * @param {number} mean
 * @param {number} deviation
 */
const divergence = (mean, deviation) =>
  (mean ** 2 + deviation ** 2 - 1) / 2 - Math.log(deviation);

/**
 * A posterior and a draw from it: the encoder's, changed by the handles.
 * @param {import("./chart.js").Chart} chart
 * @param {import("./model.js").Gaussian} code - The encoder's code, [L] each.
 * @param {{seed: number, mean: ?Point, deviation: ?Point, noise: ?Point}} handles - The seed
 *   of ε, and the values along the two directions in place of μ, σ and ε.
 * @returns {Draw}
 */
export function posterior(chart, code, handles) {
  const deviations = code.logVariance.map((value) => Math.exp(value / 2));
  const epsilon = noise(handles.seed, deviations.length);
  const drawn = code.mean.map((mean, index) => mean + deviations[index] * epsilon[index]);
  const encoded = {
    mean: chart.along(code.mean),
    deviation: alongBoth((axis) =>
      Math.hypot(...chart.units[axis].map((value, index) => value * deviations[index]))),
  };
  const mean = handles.mean ?? encoded.mean;
  const deviation = handles.deviation ?? encoded.deviation;
  const found = chart.along(drawn);
  const along = handles.noise
    ?? alongBoth((axis) => (found[axis] - encoded.mean[axis]) / encoded.deviation[axis]);
  const position = alongBoth((axis) => mean[axis] + deviation[axis] * along[axis]);

  // Moves along orthogonal directions change only the terms of these directions in the divergence.
  const change = mean.map((value, axis) => divergence(value, deviation[axis])
    - divergence(encoded.mean[axis], encoded.deviation[axis]));
  const [first, second] = deviation.map((value, axis) => value / encoded.deviation[axis]);
  const [uu, uv, vv] = chart.covariance(deviations);
  return {
    mean,
    deviation,
    noise: along,
    centre: chart.moved(code.mean, mean),
    z: chart.moved(drawn, position),
    covariance: [uu * first ** 2, uv * first * second, vv * second ** 2],
    kl: klDivergence(code) + change[0] + change[1],
  };
}
