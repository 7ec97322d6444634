import assert from "node:assert/strict";
import test from "node:test";
import { frame } from "./frames.js";
import { spread } from "../../assets/explorer/frames.js";

function* busy(milliseconds, steps) {
  for (let step = 0; step < steps; step += 1) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
    yield step;
  }
  return "done";
}

test("steps are spread over frames, and what they return comes last", () => {
  const shown = [];
  spread(busy(5, 6), (result) => shown.push(result));
  assert.deepEqual(shown, []);
  while (frame());
  assert.ok(shown.length > 1, "six steps of 5 ms are more than one frame");
  assert.deepEqual(shown, [...Array(shown.length - 1).fill(undefined), "done"]);
});

test("what is stopped goes no further", () => {
  const shown = [];
  const stop = spread(busy(9, 3), (result) => shown.push(result));
  frame();
  stop();
  assert.equal(frame(), false);
  assert.deepEqual(shown, [undefined]);
});
