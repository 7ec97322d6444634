// The files that the explorer fetches, once each, and only those that are shown.

import { makeModel } from "./model.js";
import { loadImages, loadManifest, loadModel } from "./weights.js";

/**
 * Remember the promise of a function for each argument, unless it failed.
 * @template Argument, Result
 * @param {(argument: Argument) => Promise<Result>} promise
 * @returns {(argument: Argument) => Promise<Result>}
 */
function once(promise) {
  /** @type {Map<Argument, Promise<Result>>} */
  const made = new Map();
  return (argument) => {
    const pending = made.get(argument) ?? promise(argument);
    made.set(argument, pending);
    pending.catch(() => made.delete(argument));
    return pending;
  };
}

/**
 * @param {string} folder - The explorer's folder, relative to the page, with its last slash.
 */
export function makeLoader(folder) {
  const base = new URL(folder, document.baseURI);
  const manifest = once((/** @type {void} */ _) => loadManifest(base));
  const images = once(async (/** @type {void} */ _) => loadImages(base, await manifest()));
  const model = once(async (/** @type {import("./weights.js").ModelFile} */ entry) =>
    makeModel(await loadModel(base, entry)));
  return {
    manifest,
    images,
    /**
     * The VAE and, if there is one, the AE of a latent size.
     * @param {number} latent
     */
    async pair(latent) {
      const { models } = await manifest();
      const shown = ["vae", "ae"].flatMap((kind) =>
        models.find((entry) => entry.kind === kind && entry.latent === latent) ?? []);
      if (!shown.length) throw new Error(`There is no ${latent}-D model.`);
      return Promise.all(shown.map((entry) => model(entry)));
    },
  };
}
