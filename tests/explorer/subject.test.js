import assert from "node:assert/strict";
import test from "node:test";
import { BANDWIDTH, Subject } from "../../assets/explorer/subject.js";
import { near } from "./near.js";

const MODEL = {
  kind: "vae",
  latent: 2,
  points: Float32Array.of(1, 1, 3, 1, 1, 4),
  deviations: Float32Array.of(0.2, 0.3, 1, 1, 2, 3),
  centre: Float32Array.of(1, 1),
  directions: Float32Array.of(2, 0, 0, 3),
};
const LABELS = Uint8Array.of(4, 7, 4);

test("the points of a model lie on its plane, with the spread of its posteriors", () => {
  const { points, covariances, pivot } = new Subject(MODEL, [0, 1], LABELS);
  near(points.flat(), [0, 0, 1, 0, 0, 1]);
  near(covariances.flat(), [0.01, 0, 0.01, 0.25, 0, 1 / 9, 1, 0, 1]);
  near(pivot, [0, 0]);
});

test("codes without a spread have a bandwidth, and turn about their mean", () => {
  const subject = new Subject({ ...MODEL, kind: "ae", deviations: null }, [0, 1], LABELS);
  near(subject.covariances[2], [BANDWIDTH ** 2, 0, BANDWIDTH ** 2]);
  near(subject.pivot, [1, 1]);
});

test("the nearest point that is shown gives a place its class", () => {
  const subject = new Subject(MODEL, [0, 1], LABELS);
  assert.equal(subject.nearest([0.6, 0], []), 7);
  assert.equal(subject.nearest([0.6, 0], [7]), 4);
  assert.equal(subject.nearest([0.6, 0], [4, 7]), null);
});
