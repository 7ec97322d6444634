import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { loadImages, loadModel } from "../../assets/explorer/weights.js";
import { near } from "./near.js";

const BASE = "https://example.org/explorer/";
const asked = [];

/** Let fetch answer with bytes, and describe them as the manifest does. */
function serve(bytes, tensors, more = {}) {
  globalThis.fetch = async (address) => {
    asked.push(String(address));
    return new Response(bytes);
  };
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { file: "a.bin", sha256, bytes: bytes.length, tensors, ...more };
}

const WEIGHTS = new Uint8Array(28);
new Int16Array(WEIGHTS.buffer, 0, 6).set([1, -2, 3, 4, 5, -6]);
new Float32Array(WEIGHTS.buffer, 12, 2).set([0.5, 0.25]);
new Float32Array(WEIGHTS.buffer, 20, 2).set([7, -8.5]);
const TENSORS = {
  "w.weight": { dtype: "int16", shape: [2, 3], offset: 0, scale: "w.weight.scale" },
  "w.weight.scale": { dtype: "float32", shape: [2], offset: 12 },
  "w.bias": { dtype: "float32", shape: [2], offset: 20 },
};

test("rows of integers are scaled, and other tensors read as they stand", async () => {
  const entry = serve(WEIGHTS, TENSORS);
  const { tensors } = await loadModel(BASE, entry);
  near(tensors["w.weight"], [0.5, -1, 1.5, 1, 1.25, -1.5]);
  near(tensors["w.bias"], [7, -8.5]);
  assert.equal(asked.at(-1), `${BASE}a.bin?${entry.sha256.slice(0, 16)}`);
});

test("images are bytes", async () => {
  const tensors = {
    pixels: { dtype: "uint8", shape: [1, 4], offset: 0 },
    labels: { dtype: "uint8", shape: [1], offset: 4 },
    point_labels: { dtype: "uint8", shape: [3], offset: 8 },
  };
  const bytes = Uint8Array.of(0, 9, 255, 7, 3, 0, 0, 0, 1, 2, 0);
  const images = await loadImages(BASE, { images: serve(bytes, tensors) });
  assert.deepEqual(images, {
    pixels: Uint8Array.of(0, 9, 255, 7), labels: Uint8Array.of(3), pointLabels: Uint8Array.of(1, 2, 0),
  });
});

for (const [damage, more, message] of [
  ["incomplete", { bytes: 29 }, "a.bin arrived incomplete: 28 of 29 bytes."],
  ["another", { sha256: "0".repeat(64) }, "a.bin is not the one that belongs to this page."],
  [
    "of another kind",
    { tensors: { "w.bias": { dtype: "int16", shape: [2], offset: 0 } } },
    "a.bin holds w.bias as no Float32Array.",
  ],
]) {
  test(`a file that is ${damage} is said`, async () => {
    await assert.rejects(loadModel(BASE, serve(WEIGHTS, TENSORS, more)), { message });
  });
}
