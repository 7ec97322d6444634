import assert from "node:assert/strict";
import test from "node:test";
import { crossEntropy, klDivergence, makeModel } from "../../assets/explorer/model.js";
import { near } from "./near.js";

// Expected numbers were computed with NumPy, and those of the likelihoods with fifty digits.

const LAYERS = {
  encoder: [
    { type: "linear", weight: "w1", bias: "b1" },
    { type: "relu" },
    { type: "linear", weight: "w2", bias: "b2" },
  ],
  decoder: [
    { type: "linear", weight: "v1", bias: "c1" },
    { type: "relu" },
    { type: "linear", weight: "v2", bias: "c2" },
  ],
};
const TENSORS = Object.fromEntries(Object.entries({
  w1: [1, 2, -1, 0.5, 1, 1], b1: [0.5, -3], w2: [1, 2, -1, 0.5], b2: [0.25, -1],
  v1: [2, -1], c1: [1, 0.5], v2: [1, -1, 0.5, 2, 0, 1], c2: [0, -1, 0.25],
  points: [0.5], deviations: [2], centre: [0], directions: [1],
}).map(([name, values]) => [name, Float32Array.from(values)]));
const IMAGE = Float32Array.of(0, 0.5, 1);

const make = (kind, latent = 1) => makeModel({
  entry: { run: "a run", kind, latent, likelihood: "bernoulli", ...LAYERS }, tensors: TENSORS,
});

test("a VAE encodes an image as a mean and a log-variance", () => {
  const code = make("vae").encode(IMAGE);
  near(code.mean, [0.75]);
  near(code.logVariance, [-1.5]);
  near([klDivergence(code)], [0.6428150800742149]);
});

test("an autoencoder encodes it as a code, which costs nothing", () => {
  const model = make("ae", 2);
  const code = model.encode(IMAGE);
  near(code.mean, [0.75, -1.5]);
  assert.equal(code.logVariance, null);
  assert.equal(klDivergence(code), 0);
  assert.equal(model.deviations, null);
});

test("a latent vector is decoded, layer by layer", () => {
  const model = make("vae");
  near(model.decode([0.75]), [2.5, 0.25, 0.25]);
  const logits = model.decode([-1.25]);
  near(logits, [-1.75, 2.5, 2]);
  near(model.pixels(logits), [0.1480472, 0.92414182, 0.88079708]);
  near(crossEntropy(logits, IMAGE, "bernoulli"), [0.16022415, 1.32888973, 0.12692801]);
});

test("the KL divergence is that of each dimension, summed", () => {
  const code = {
    mean: Float32Array.of(1, -2, 0.3), logVariance: Float32Array.of(0, Math.log(4), -3),
  };
  near([klDivergence(code)], [4.376746353623987]);
  // Where a posterior is almost the prior, its divergence must not drown in rounding.
  near([klDivergence({ mean: [0], logVariance: [1e-4] })], [2.50008e-9], 1e-13);
});

const FAMILIES = {
  bernoulli: [
    [-30, 9.357622968839737e-14, 9.357622968839299e-14],
    [-2, 0.1269280110429725, 0.11920292202211756],
    [1e-9, 0.6931471810599453, 0.50000000025],
    [3, 3.048587351573742, 0.9525741268224333],
    [40, 40, 1],
  ],
  "continuous-bernoulli": [
    [-30, -3.401197381662249, 0.033333333333239755],
    [-2, -0.8385606384288044, 0.3434823572503343],
    [-0.5, -0.23960494900724327, 0.45850591746320174],
    [0.001, 0.0005000416666663195, 0.5000833333319444],
    [1e-9, 5.000000000416667e-10, 0.5000000000833333],
    [3, 1.8503185303891887, 0.7190623631579226],
    [40, 36.31112054588606, 0.975],
  ],
};

for (const [likelihood, rows] of Object.entries(FAMILIES)) {
  test(`the ${likelihood} likelihood is exact at every logit`, () => {
    const logits = Float32Array.from(rows, ([logit]) => logit);
    const { pixels } = makeModel({
      entry: { likelihood, encoder: [], decoder: [] }, tensors: {},
    });
    near(pixels(logits), rows.map(([, , mean]) => mean), 1e-6);
    for (const pixel of [0, 0.25, 1]) {
      const expected = rows.map(([logit, logPartition]) => logPartition - logit * pixel);
      near(crossEntropy(logits, Array(rows.length).fill(pixel), likelihood), expected, 4e-6);
    }
  });
}
