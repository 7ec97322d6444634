// The plane through a latent space on which a model's codes are drawn. Its coordinates (u, v) count
// standard deviations of the codes, from their mean, along two directions.

/** @typedef {[number, number]} Point - A point (u, v) of the plane, or another pair of numbers. */
/** @typedef {[number, number, number]} Covariance - Variance of u, covariance, variance of v. */

/**
 * Make a pair of what a function gives for the first direction and for the second.
 * @template T
 * @param {(axis: 0 | 1) => T} value
 * @returns {[T, T]}
 */
export const alongBoth = (value) => [value(0), value(1)];

/**
 * @param {Float32Array} one
 * @param {ArrayLike<number>} other
 */
const dot = (one, other) => one.reduce((sum, value, index) => sum + value * other[index], 0);

export class Chart {
  /**
   * @param {Float32Array} centre - The mean of the codes, [L].
   * @param {Float32Array} directions - Orthogonal rows, [L, L], each as long as the codes' standard
   *   deviation along it.
   * @param {Point} axes - The rows that span the plane.
   */
  constructor(centre, directions, axes) {
    const latent = centre.length;
    const rows = alongBoth((axis) =>
      directions.subarray(axes[axis] * latent, (axes[axis] + 1) * latent));
    this.centre = centre;
    this.scales = alongBoth((axis) => Math.hypot(...rows[axis]));
    this.units = alongBoth((axis) => rows[axis].map((value) => value / this.scales[axis]));
    this.offsets = this.along(centre);
    /** The prior's mean, in (u, v). */
    this.origin = this.fromAlong([0, 0]);
  }

  /**
   * Components of a latent vector along the two directions.
   * @param {ArrayLike<number>} z - [L].
   * @returns {Point} The components in units of the latent space, from its origin.
   */
  along(z) {
    return alongBoth((axis) => dot(this.units[axis], z));
  }

  /**
   * Convert components along the two directions to (u, v).
   * @param {Point} components
   */
  fromAlong(components) {
    return alongBoth((axis) => (components[axis] - this.offsets[axis]) / this.scales[axis]);
  }

  /**
   * Convert (u, v) to components along the two directions.
   * @param {Point} point
   */
  toAlong(point) {
    return alongBoth((axis) => point[axis] * this.scales[axis] + this.offsets[axis]);
  }

  /**
   * Project a latent vector to (u, v).
   * @param {ArrayLike<number>} z - [L].
   */
  project(z) {
    return this.fromAlong(this.along(z));
  }

  /**
   * The latent vector, [L], at (u, v).
   * @param {Point} point
   */
  lift(point) {
    return this.moved(this.centre, this.toAlong(point));
  }

  /**
   * Move a latent vector within the plane, to the given components along its directions.
   * @param {Float32Array} z - [L].
   * @param {Point} components
   */
  moved(z, components) {
    const before = this.along(z);
    const steps = alongBoth((axis) => components[axis] - before[axis]);
    const [first, second] = this.units;
    return Float32Array.from(z, (value, index) =>
      value + steps[0] * first[index] + steps[1] * second[index]);
  }

  /**
   * Covariance in (u, v) of a Gaussian with a diagonal covariance.
   * @param {ArrayLike<number>} deviations - Its standard deviations, [L].
   * @returns {Covariance}
   */
  covariance(deviations) {
    let [uu, uv, vv] = [0, 0, 0];
    const [first, second] = this.units;
    for (let index = 0; index < deviations.length; index++) {
      const variance = deviations[index] ** 2;
      uu += first[index] ** 2 * variance;
      uv += first[index] * second[index] * variance;
      vv += second[index] ** 2 * variance;
    }
    const [su, sv] = this.scales;
    return [uu / su ** 2, uv / (su * sv), vv / sv ** 2];
  }
}

/**
 * Axes of the ellipse of one standard deviation.
 * @param {Covariance} covariance
 * @returns {{radii: Point, angle: number}} The half-axes, and the angle of the first from
 *   the direction of u, counter-clockwise, in radians.
 */
export function ellipse([uu, uv, vv]) {
  const middle = (uu + vv) / 2;
  const spread = Math.hypot((uu - vv) / 2, uv);
  return {
    radii: [Math.sqrt(middle + spread), Math.sqrt(Math.max(0, middle - spread))],
    angle: Math.atan2(2 * uv, uu - vv) / 2,
  };
}
