// The plane through a latent space on which a model's codes are drawn. Its coordinates (u, v) count
// standard deviations of the codes, from their mean, along two directions.

const dot = (one, other) => one.reduce((sum, value, index) => sum + value * other[index], 0);

export class Chart {
  /**
   * @param {Float32Array} centre - [L], mean of the codes.
   * @param {Float32Array} directions - [L, L], orthogonal rows, each as long as the codes' standard
   *   deviation along it.
   * @param {[number, number]} axes - the rows that span the plane.
   */
  constructor(centre, directions, axes) {
    const latent = centre.length;
    const rows = axes.map((axis) => directions.subarray(axis * latent, (axis + 1) * latent));
    this.centre = centre;
    this.scales = rows.map((row) => Math.hypot(...row));
    this.units = rows.map((row, axis) => row.map((value) => value / this.scales[axis]));
    this.offsets = this.along(centre);
    /** The prior's mean, in (u, v). */
    this.origin = this.fromAlong([0, 0]);
  }

  /**
   * Components of a latent vector along the two directions.
   * @param {ArrayLike<number>} z - [L].
   * @returns {[number, number]} in units of the latent space, from its origin.
   */
  along(z) {
    return this.units.map((unit) => dot(unit, z));
  }

  /** From components along the two directions to (u, v). */
  fromAlong(components) {
    return components.map((value, axis) => (value - this.offsets[axis]) / this.scales[axis]);
  }

  /** From (u, v) to components along the two directions. */
  toAlong(point) {
    return point.map((value, axis) => value * this.scales[axis] + this.offsets[axis]);
  }

  /** Project a latent vector, [L], to (u, v). */
  project(z) {
    return this.fromAlong(this.along(z));
  }

  /** The latent vector, [L], at (u, v). */
  lift(point) {
    return this.moved(this.centre, this.toAlong(point));
  }

  /** Move a latent vector, [L], within the plane, to the given components along its directions. */
  moved(z, components) {
    const steps = this.along(z).map((value, axis) => components[axis] - value);
    const [first, second] = this.units;
    return Float32Array.from(z, (value, index) =>
      value + steps[0] * first[index] + steps[1] * second[index]);
  }

  /**
   * Covariance in (u, v) of a Gaussian with a diagonal covariance.
   * @param {ArrayLike<number>} deviations - [L], its standard deviations.
   * @returns {[number, number, number]} variance of u, covariance, variance of v.
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
 * @param {[number, number, number]} covariance - variance of u, covariance, variance of v.
 * @returns {{radii: [number, number], angle: number}} half-axes, and the angle of the first from
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
