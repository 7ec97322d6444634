// The aggregate posterior's density over a part of the plane.

const SIDE = 96; // cells a side
const REACH = 3.5; // standard deviations beyond which a posterior adds nothing visible

/**
 * Sum the posteriors of all points over the cells of a square.
 * @param {import("./chart.js").Point[]} means
 * @param {import("./chart.js").Covariance[]} covariances
 * @param {{left: number, top: number, width: number}} square - A part of the plane.
 * @returns {Generator<undefined, Float32Array>} A generator that yields after each posterior, and
 *   returns the square root of the density relative to its peak, [SIDE²], row by row from the top.
 */
export function* density(means, covariances, { left, top, width }) {
  const sum = new Float32Array(SIDE * SIDE);
  const cell = width / SIDE;
  for (let index = 0; index < means.length; index++) {
    const [u, v] = means[index];
    // A posterior narrower than a cell would fall between the cells' centres. Averaging over a cell
    // widens it by the variance of a uniform distribution.
    const uu = covariances[index][0] + cell ** 2 / 12;
    const vv = covariances[index][2] + cell ** 2 / 12;
    const uv = covariances[index][1];
    const determinant = uu * vv - uv ** 2;
    const height = 1 / Math.sqrt(determinant);
    /**
     * @param {number} centre
     * @param {number} variance
     */
    const within = (centre, variance) => [
      Math.max(0, Math.ceil((centre - REACH * Math.sqrt(variance)) / cell - 0.5)),
      Math.min(SIDE - 1, Math.floor((centre + REACH * Math.sqrt(variance)) / cell - 0.5)),
    ];
    const [firstColumn, lastColumn] = within(u - left, uu);
    const [firstRow, lastRow] = within(top - v, vv);
    for (let row = firstRow; row <= lastRow; row++) {
      const dv = top - (row + 0.5) * cell - v;
      for (let column = firstColumn; column <= lastColumn; column++) {
        const du = left + (column + 0.5) * cell - u;
        const square = (vv * du * du - 2 * uv * du * dv + uu * dv * dv) / determinant;
        sum[row * SIDE + column] += height * Math.exp(-square / 2);
      }
    }
    yield undefined;
  }
  const peak = sum.reduce((most, value) => Math.max(most, value), 1e-30);
  return sum.map((value) => Math.sqrt(value / peak));
}
