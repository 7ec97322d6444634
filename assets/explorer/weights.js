// The build's files for the explorer, fetched and verified. Every failure is an Error whose message
// is one sentence for the reader.

/**
 * @typedef {object} Tensor - This type and those below are described in explorer/manifest.py.
 * @property {"float32" | "int16" | "uint8"} dtype
 * @property {number[]} shape
 * @property {number} offset
 * @property {string} [scale]
 *
 * @typedef {Record<string, Tensor>} Tensors
 * @typedef {{file: string, sha256: string, bytes: number, tensors: Tensors}} BinaryFile
 * @typedef {{type: "relu"} | {type: "linear", weight: string, bias: string}} Layer
 *
 * @typedef {object} Architecture
 * @property {string} run
 * @property {"vae" | "ae"} kind
 * @property {number} latent
 * @property {keyof typeof import("./model.js").LIKELIHOODS} likelihood
 * @property {Layer[]} encoder
 * @property {Layer[]} decoder
 *
 * @typedef {BinaryFile & Architecture} ModelFile
 * @typedef {{classes: string[], side: number, models: ModelFile[], images: BinaryFile}} Manifest
 */

/**
 * Fetch the manifest, which says what else there is.
 *
 * @param {string|URL} base - The address of the explorer's folder, with a slash at its end.
 * @returns {Promise<Manifest>} The manifest.
 */
export async function loadManifest(base) {
  // Always the latest version, as all other addresses depend on it.
  const response = await download(new URL("manifest.json", base), { cache: "no-cache" });
  return response.json().catch(() => {
    throw new Error("manifest.json arrived damaged.");
  });
}

/**
 * Fetch a model.
 *
 * @param {string|URL} base - The address of the explorer's folder.
 * @param {ModelFile} entry - One of the manifest's `models`.
 * @returns The entry, and the model's tensors by name, row by row.
 */
export async function loadModel(base, entry) {
  return { entry, tensors: await loadTensors(base, entry, Float32Array) };
}

/**
 * Fetch the images.
 *
 * @param {string|URL} base - The address of the explorer's folder.
 * @param {Manifest} manifest - The manifest.
 * @returns {Promise<{pixels: Uint8Array, labels: Uint8Array, pointLabels: Uint8Array}>} The
 *   pixels of N test images from 0 to 255, their N labels, and the P labels of the models' points.
 */
export async function loadImages(base, manifest) {
  const { pixels, labels, point_labels: pointLabels } =
    await loadTensors(base, manifest.images, Uint8Array);
  return { pixels, labels, pointLabels };
}

/**
 * @template {Float32Array | Uint8Array} Numbers
 * @param {string|URL} base
 * @param {BinaryFile} entry
 * @param {new (length: number) => Numbers} kind - The class of all tensors of the file.
 */
async function loadTensors(base, { file, sha256, bytes, tensors }, kind) {
  // The digest gives every version an address of its own, so that no cache answers with another.
  const response = await download(new URL(`${file}?${sha256.slice(0, 16)}`, base));
  const content = await response.arrayBuffer().catch(() => new ArrayBuffer(0));
  if (content.byteLength !== bytes) {
    throw new Error(`${file} arrived incomplete: ${content.byteLength} of ${bytes} bytes.`);
  }
  // Browsers hide crypto.subtle from pages that came over an insecure connection.
  if (globalThis.crypto?.subtle && (await digest(content)) !== sha256) {
    throw new Error(`${file} is not the one that belongs to this page.`);
  }
  return Object.fromEntries(
    Object.keys(tensors).map((name) => {
      const tensor = readTensor(content, tensors, name);
      if (!(tensor instanceof kind)) throw new Error(`${file} holds ${name} as no ${kind.name}.`);
      return [name, tensor];
    }),
  );
}

/**
 * @param {URL} address
 * @param {RequestInit} [options]
 */
async function download(address, options) {
  const name = address.pathname.split("/").pop();
  const response = await fetch(address, options).catch(() => {
    throw new Error(`${name} could not be downloaded: the connection failed.`);
  });
  if (!response.ok) {
    throw new Error(`${name} could not be downloaded: the server answered ${response.status}.`);
  }
  return response;
}

/** @param {ArrayBuffer} content */
async function digest(content) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const ARRAYS = { float32: Float32Array, int16: Int16Array, uint8: Uint8Array };

/**
 * @param {ArrayBuffer} content
 * @param {Tensors} tensors
 * @param {string} name
 * @returns {InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>}
 */
function readTensor(content, tensors, name) {
  const { dtype, shape, offset, scale } = tensors[name];
  const count = shape.reduce((product, size) => product * size, 1);
  const stored = new ARRAYS[dtype](content, offset, count);
  if (!scale) {
    return stored;
  }
  const scales = readTensor(content, tensors, scale);
  const width = count / shape[0];
  return Float32Array.from(stored, (value, index) => value * scales[Math.floor(index / width)]);
}
