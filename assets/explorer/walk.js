// Walks from code to code through a latent space.

/** @param {Float32Array} vector */
const norm = (vector) => Math.hypot(...vector);

/**
 * @param {Float32Array} one
 * @param {Float32Array} other
 * @param {number} first
 * @param {number} second
 */
const mix = (one, other, first, second) =>
  one.map((value, index) => first * value + second * other[index]);

/**
 * The point at a share of the straight line between two.
 * @param {Float32Array} start - [L].
 * @param {Float32Array} end - [L].
 * @param {number} share - from 0 to 1.
 * @returns {Float32Array} [L].
 */
export function linear(start, end, share) {
  return mix(start, end, 1 - share, share);
}

/**
 * The point at a share of an arc about a pivot: angle and distance from it change evenly. If the
 * angle is 0 or 180°, no arc is singled out, and the way is straight.
 * @param {Float32Array} start - [L].
 * @param {Float32Array} end - [L].
 * @param {number} share - from 0 to 1.
 * @param {Float32Array} pivot - [L].
 * @returns {Float32Array} [L].
 */
export function spherical(start, end, share, pivot) {
  const from = mix(start, pivot, 1, -1);
  const to = mix(end, pivot, 1, -1);
  const lengths = [norm(from), norm(to)];
  const cosine = from.reduce((sum, value, index) => sum + value * to[index], 0)
    / (lengths[0] * lengths[1]);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  // The comparison is also false if a length is 0, and the angle not a number.
  if (!(Math.sin(angle) > 1e-4)) return linear(start, end, share);
  const length = (1 - share) * lengths[0] + share * lengths[1];
  const weight = (/** @type {number} */ part, /** @type {number} */ whole) => length * Math.sin(part * angle) / Math.sin(angle) / whole;
  const arc = mix(from, to, weight(1 - share, lengths[0]), weight(share, lengths[1]));
  return mix(arc, pivot, 1, 1);
}

/**
 * The point at a share of the way through all stops, each leg taking the same time.
 * @param {Float32Array[]} stops - Two or more stops, [L] each.
 * @param {number} share - The share from 0 to 1.
 * @param {typeof linear | typeof spherical} way - The way from a stop to the next.
 * @param {Float32Array} pivot - The pivot of a spherical way, [L].
 * @returns {Float32Array} [L].
 */
export function through(stops, share, way, pivot) {
  const legs = stops.length - 1;
  const leg = Math.min(legs - 1, Math.floor(share * legs));
  return way(stops[leg], stops[leg + 1], share * legs - leg, pivot);
}
