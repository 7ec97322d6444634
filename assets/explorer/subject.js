// A model as a plane shows it.

/** @typedef {import("./chart.js").Point} Point */

import { Chart } from "./chart.js";
import { thumbnail } from "./picture.js";

/** The standard deviation, in (u, v), in place of a posterior's if codes are mere points. */
export const BANDWIDTH = 0.1;

const CACHED = 4000; // thumbnails

export class Subject {
  /** @type {Map<string, HTMLCanvasElement>} */
  #thumbnails = new Map();

  /**
   * @param {import("./model.js").Model} model
   * @param {Point} axes - The directions that span the plane.
   * @param {Uint8Array} labels - The labels of its points, [P].
   */
  constructor(model, axes, labels) {
    this.model = model;
    this.labels = labels;
    this.chart = this.chartOf(axes);
    const rows = (/** @type {Float32Array} */ values) => Array.from(labels, (_, index) =>
      values.subarray(index * model.latent, (index + 1) * model.latent));
    /** Points and their covariances, in (u, v). */
    this.points = rows(model.points).map((code) => this.chart.project(code));
    /** @type {import("./chart.js").Covariance[]} */
    this.covariances = model.deviations
      ? rows(model.deviations).map((deviations) => this.chart.covariance(deviations))
      : this.points.map(() => [BANDWIDTH ** 2, 0, BANDWIDTH ** 2]);
    // The prior's mean for the VAE, and the codes' mean for the AE, which has no prior.
    this.pivot = model.kind === "vae" ? new Float32Array(model.latent) : model.centre;
  }

  /**
   * The chart of the plane that two directions span.
   * @param {Point} axes
   */
  chartOf(axes) {
    return new Chart(this.model.centre, this.model.directions, axes);
  }

  /**
   * Decode a latent vector, [L], to pixels from 0 to 1.
   * @param {ArrayLike<number>} z
   */
  decode(z) {
    return this.model.pixels(this.model.decode(z));
  }

  /**
   * The class of the nearest point among those shown; none if no class is shown.
   * @param {Point} place
   * @param {number[]} hidden
   */
  nearest([u, v], hidden) {
    let closest = Infinity;
    /** @type {?number} */
    let label = null;
    this.points.forEach(([pointU, pointV], index) => {
      const distance = (pointU - u) ** 2 + (pointV - v) ** 2;
      if (distance < closest && !hidden.includes(this.labels[index])) {
        [closest, label] = [distance, this.labels[index]];
      }
    });
    return label;
  }

  /**
   * The decoded thumbnail at (u, v), if it exists already.
   * @param {Point} point
   */
  ready(point) {
    return this.#thumbnails.get(point.join());
  }

  /**
   * Decode thumbnails at points in (u, v), and yield after each.
   * @param {Point[]} points
   */
  *decodeAll(points) {
    for (const point of points) {
      if (this.ready(point)) continue;
      if (this.#thumbnails.size > CACHED) this.#thumbnails.clear();
      this.#thumbnails.set(point.join(), thumbnail(this.decode(this.chart.lift(point))));
      yield;
    }
  }

  /** Forget thumbnails in the colours of another theme. */
  repaint() {
    this.#thumbnails.clear();
  }
}
