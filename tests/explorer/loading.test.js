import assert from "node:assert/strict";
import test from "node:test";
import { makeLoader } from "../../assets/explorer/loading.js";

globalThis.document = { baseURI: "https://example.org/report/explorer/" };

test("what was loaded is not fetched again, and what failed is", async () => {
  const asked = [];
  let fails = true;
  globalThis.fetch = async (address) => {
    asked.push(String(address));
    if (fails) throw new TypeError("no network");
    return Response.json({ models: [] });
  };
  const { manifest } = makeLoader("../assets/explorer/");
  await assert.rejects(manifest(), {
    message: "manifest.json could not be downloaded: the connection failed.",
  });
  fails = false;
  assert.deepEqual(await manifest(), { models: [] });
  await manifest();
  assert.deepEqual(asked, Array(2).fill("https://example.org/report/assets/explorer/manifest.json"));
});

test("a latent size that no model has is said", async () => {
  globalThis.fetch = async () => Response.json({ models: [] });
  const message = "There is no 3-D model.";
  await assert.rejects(makeLoader("").pair(3), { message });
});
