import assert from "node:assert/strict";
import test from "node:test";
import { Chart, ellipse } from "../../assets/explorer/chart.js";
import { near } from "./near.js";

// A plane across four dimensions.
const half = Math.SQRT1_2;
const centre = Float32Array.of(1, 2, 3, 4);
const directions = Float32Array.of(
  2 * half, 2 * half, 0, 0, -half, half, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.25);
const chart = new Chart(centre, directions, [0, 1]);

test("a place on the plane is one latent vector, and that vector is projected to it", () => {
  near(chart.lift([1, 0]), [1 + Math.SQRT2, 2 + Math.SQRT2, 3, 4]);
  near(chart.project(chart.lift([0.5, -2])), [0.5, -2]);
  near(chart.project(centre), [0, 0]);
  near(chart.origin, chart.project([0, 0, 0, 0]));
});

test("coordinates count standard deviations, and components the latent space's own units", () => {
  near(chart.scales, [2, 1]);
  near(chart.along(centre), [3 * half, half]);
  near(chart.toAlong([1, 1]), [3 * half + 2, half + 1]);
  near(chart.fromAlong(chart.toAlong([0.25, -3])), [0.25, -3]);
});

test("a vector is moved within the plane, and stays as it is across it", () => {
  const moved = chart.moved(Float32Array.of(0, 0, 7, -7), [3 * half, half]);
  near(moved, [1, 2, 7, -7]);
});

test("other directions span another plane", () => {
  const other = new Chart(centre, directions, [3, 2]);
  near(other.project([9, 9, 4, 5]), [4, 2]);
});

test("a covariance is that of a Gaussian seen on the plane", () => {
  near(chart.covariance([1, 1, 1, 1]), [1 / 4, 0, 1]);
  near(chart.covariance([2, 1, 9, 9]), [2.5 / 4, -1.5 / 2, 2.5]);
});

test("an ellipse has the axes of its covariance", () => {
  const { radii, angle } = ellipse([2.5, 1.5, 2.5]);
  near([...radii, angle], [2, 1, Math.PI / 4]);
  assert.equal(ellipse([1, 1, 1]).radii[1], 0, "a line has no width");
});
