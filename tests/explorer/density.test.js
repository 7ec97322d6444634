import assert from "node:assert/strict";
import test from "node:test";
import { density } from "../../assets/explorer/density.js";
import { near } from "./near.js";

const SIDE = 96;

function raster(means, covariances, width = 6) {
  const steps = density(means, covariances, { left: -width / 2, top: width / 2, width });
  for (let count = 0; ; count += 1) {
    const step = steps.next();
    if (step.done) {
      assert.equal(count, means.length, "one step a posterior");
      return step.value;
    }
  }
}

test("a sum of Gaussians is what NumPy makes of it", () => {
  const shares = raster([[0, 0], [1, -0.5]], [[0.5, 0.2, 0.3], [0.2, -0.1, 0.4]]);
  const at = ([row, column]) => shares[row * SIDE + column];
  // Square roots of densities relative to the peak, which lies in row 49 and column 59.
  near([[49, 59], [48, 48], [55, 64], [56, 64], [60, 60]].map(at),
    [1, 0.9057273, 0.9800919, 0.9763073, 0.8275074], 2e-4);
  // Beyond 3.5 standard deviations nothing is added.
  near([at([30, 40])], [0.1254164], 5e-3);
});

test("a Gaussian falls off as it should", () => {
  const wide = raster([[0, 0]], [[1, 0, 1]]);
  near([wide[48 * SIDE + 64] ** 2], [Math.exp(-((16.5 / 16) ** 2) / 2)], 0.01);
  assert.equal(raster([[0, 0]], [[1, 0, 1]], 12)[0], 0);
});

test("a Gaussian narrower than a cell is not lost", () => {
  assert.equal(Math.max(...raster([[0, 0]], [[1e-8, 0, 1e-8]])), 1);
});

test("where nothing lies in view, nothing is shown", () => {
  assert.ok(raster([[50, 50]], [[1, 0, 1]]).every((share) => share === 0));
});
