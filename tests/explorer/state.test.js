import assert from "node:assert/strict";
import test from "node:test";
import { INITIAL, fit, pack, read, unpack, write } from "../../assets/explorer/state.js";

const LEVELS = Uint8Array.from({ length: 784 }, (_, index) => (index * index) % 16);
const DRAWING = pack(LEVELS);
const STATE = {
  ...INITIAL, latent: 16, axes: [3, 1], at: [0.5, -1.25], view: [0.125, -2, 3], show: [],
  hide: [0, 9], image: 7, drawing: DRAWING, seed: 42, mean: [1, -1], deviation: [0.5, 0.25],
  noise: [-2, 0.001], way: "spherical", progress: 0.375,
  pins: [{ at: [1, -2], axes: [3, 1] }, { image: 3 }, { drawing: DRAWING }],
};

test("an address holds all that was set, and nothing that was not", () => {
  assert.equal(write(INITIAL), "");
  assert.deepEqual(read(""), { ...INITIAL });
  assert.deepEqual(read(write(STATE)), STATE);
  assert.equal(write({ ...INITIAL, at: [1, 0], hide: [2, 3] }), "?at=1,0&hide=2,3");
});

for (const damaged of [
  "at=1", "at=1,2,3", "at=a,b", "view=0,0,0", "view=0,0", "view=0,0,1,1", "show=all", "image=-1",
  "image=1.5", "drawing=***", "seed=x", "deviation=0,1", "pins=i", "pins=x3", "pins=p1_2_0",
  "pins=p1_2_0_0", "way=back", "progress=2", "axes=1,1", "axes=0", "latent=two", "q=shoe",
  "constructor=1", "__proto__=1",
]) {
  test(`${damaged} makes no sense in an address, and is as at first`, () => {
    assert.deepEqual(read(`?${damaged}`), { ...INITIAL });
  });
}

test("a drawing is packed into few letters, and unpacked as it was", () => {
  assert.deepEqual(unpack(DRAWING), LEVELS);
  assert.ok(pack(new Uint8Array(784)).length < 80);
  assert.match(DRAWING, /^[\w-]+$/);
  assert.equal(unpack("***"), null);
});

test("a state fits the models there are", () => {
  const { latent, axes, pins } = fit(STATE, [2, 8], 784);
  assert.deepEqual({ latent, axes, pins }, { latent: 2, axes: [0, 1], pins: STATE.pins.slice(1) });
  assert.deepEqual(fit(STATE, [2, 16], 784), STATE);
  assert.equal(fit(STATE, [2, 16], 64).drawing, null, "a drawing of another size");
});
