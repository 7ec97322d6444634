import assert from "node:assert/strict";
import test from "node:test";
import { zoomed } from "../../assets/explorer/gestures.js";
import { near } from "./near.js";

test("the place that a view is magnified about stays where it is", () => {
  const place = [1, -2];
  const before = [0.5, 0.25, 2];
  const after = zoomed(before, 1.5, place);
  assert.equal(after[2], 3);
  const onScreen = ([u, v, magnification]) =>
    [(place[0] - u) * magnification, (place[1] - v) * magnification];
  near(onScreen(after), onScreen(before));
});

test("magnification has its bounds, at which the view stays", () => {
  near(zoomed([0.5, 0.25, 64], 2, [1, 1]), [0.5, 0.25, 64]);
  near(zoomed([0.5, 0.25, 1 / 16], 0.5, [1, 1]), [0.5, 0.25, 1 / 16]);
});
