// What the explorer fetches: once, and only what is shown.

import { makeModel } from "./model.js";
import { loadImages, loadManifest, loadModel } from "./weights.js";

/** Remember what a function promised for each argument, unless it failed. */
function once(promise) {
  const made = new Map();
  return (argument) => {
    if (!made.has(argument)) {
      const pending = promise(argument);
      pending.catch(() => made.delete(argument));
      made.set(argument, pending);
    }
    return made.get(argument);
  };
}

/**
 * @param {string} folder - of the explorer's files, relative to the page, with its last slash.
 * @returns {{manifest: () => Promise<object>, images: () => Promise<object>,
 *   pair: (latent: number, progress?: (text: string) => void) => Promise<object[]>}} the VAE and
 *   the AE of a latent size, and what they share.
 */
export function makeLoader(folder) {
  const base = new URL(folder, document.baseURI);
  const manifest = once(() => loadManifest(base));
  const images = once(async () => loadImages(base, await manifest()));
  const model = once(async (entry) => makeModel(await loadModel(base, entry)));
  return {
    manifest,
    images,
    async pair(latent) {
      const { models } = await manifest();
      return Promise.all(["vae", "ae"].map((kind) =>
        model(models.find((entry) => entry.kind === kind && entry.latent === latent))));
    },
  };
}
