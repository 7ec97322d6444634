import assert from "node:assert/strict";
import test from "node:test";
import { frame } from "./frames.js";
import { Store } from "../../assets/explorer/store.js";

test("an effect follows in the frame after what it asks for was set, once", () => {
  const store = new Store({ one: 1, other: 1 });
  const seen = [];
  store.on(["one"], (state) => seen.push(["one", state.one]));
  store.on(["other"], () => seen.push(["other"]));
  store.set({ one: 2 });
  store.set({ one: 3 });
  assert.deepEqual(seen, []);
  while (frame());
  assert.deepEqual(seen, [["one", 3]]);
});

test("what an effect sets is seen by those behind it, and not by those before", () => {
  const store = new Store({ size: 1, area: 1 });
  const seen = [];
  store.on(["area"], () => seen.push("before"));
  store.on(["size"], ({ size }) => store.set({ area: size ** 2 }));
  store.on(["area"], ({ area }) => seen.push(area));
  store.set({ size: 3 });
  while (frame());
  assert.deepEqual(seen, [9]);
});

test("what is set between effects is not forgotten", () => {
  const store = new Store({ size: 1 });
  const seen = [];
  store.on(["size"], ({ size }) => seen.push(size));
  store.set({ size: 2 });
  while (frame());
  store.set({ size: 5 });
  while (frame());
  assert.deepEqual(seen, [2, 5]);
});
