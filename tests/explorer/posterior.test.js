import test from "node:test";
import { Chart } from "../../assets/explorer/chart.js";
import { klDivergence } from "../../assets/explorer/model.js";
import { noise, posterior } from "../../assets/explorer/posterior.js";
import { near } from "./near.js";

const half = Math.SQRT1_2;
const chart = new Chart(
  Float32Array.of(1, 2, 3, 4),
  Float32Array.of(2 * half, 2 * half, 0, 0, -half, half, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.25),
  [0, 1],
);
const code = {
  mean: Float32Array.of(0.5, -1, 2, 0), logVariance: Float32Array.of(-1, 0.5, 0, -2),
};
const untouched = { seed: 5, mean: null, deviation: null, noise: null };

test("noise depends on its seed alone, and is standard normal", () => {
  // As the published algorithm gives it in Python.
  near(noise(5, 4), [0.21789461927371653, -0.5038217049793774, -0.35307702052128326,
    -1.5408537085801963]);
  near(noise(0, 3), [0, 0, 0]);
  const many = noise(7, 20000);
  near([many.reduce((sum, value) => sum + value) / 20000], [0], 0.03);
  near([many.reduce((sum, value) => sum + value ** 2, 0) / 20000], [1], 0.03);
});

test("a draw is mean + deviation * noise, in all dimensions and along the two shown", () => {
  const drawn = posterior(chart, code, untouched);
  const epsilon = noise(5, 4);
  near(drawn.z, code.mean.map((mu, j) => mu + Math.exp(code.logVariance[j] / 2) * epsilon[j]));
  near(chart.along(drawn.z), drawn.mean.map((mu, k) => mu + drawn.deviation[k] * drawn.noise[k]));
  near(drawn.centre, code.mean);
  near(drawn.covariance, chart.covariance(code.logVariance.map((value) => Math.exp(value / 2))));
  near([drawn.kl], [klDivergence(code)], 1e-9);
});

test("what the handles change in the divergence is exact", () => {
  const flat = new Chart(new Float32Array(2), Float32Array.of(2, 0, 0, 3), [0, 1]);
  const part = { mean: code.mean.slice(0, 2), logVariance: code.logVariance.slice(0, 2) };
  const byHand = { seed: 0, mean: [1, 2], deviation: [0.5, 0.25], noise: [1, -1] };
  const moved = posterior(flat, part, byHand);
  near(moved.z, [1.5, 1.75]);
  near(moved.covariance, [0.25 / 4, 0, 0.0625 / 9]);
  const same = { mean: [1, 2], logVariance: [2 * Math.log(0.5), 2 * Math.log(0.25)] };
  near([moved.kl], [klDivergence(same)]);
});

test("a handle leaves what lies across the plane as it was drawn", () => {
  const before = posterior(chart, code, untouched);
  const after = posterior(chart, code, { ...untouched, noise: [0, 0] });
  near(after.z.slice(2), before.z.slice(2));
  near(chart.along(after.z), after.mean);
});
