// The reader's settings, and their form in the page's address.

/** The highest grey level of a drawing; the lowest is 0. */
export const BLACK = 15;

export const OVERLAYS = ["points", "density", "prior", "lattice", "code"];

/**
 * @typedef {import("./chart.js").Point} Point
 * @typedef {[number, number, number]} View - Centre of the planes in (u, v), and magnification.
 * @typedef {{image: number, drawing?: ?string} | {image?: undefined, drawing: string}} Source - A
 *   test image by its number, or a packed drawing in its place.
 * @typedef {{at: Point, axes: Point, image?: undefined, drawing?: undefined}} PinnedPoint
 * @typedef {PinnedPoint | Source & {at?: undefined, axes?: undefined}} Pin
 *
 * @typedef {object} Settings
 * @property {number} latent - The number of latent dimensions of the two models.
 * @property {Point} axes - Directions that span the planes.
 * @property {Point} at - The linked point, (u, v).
 * @property {View} view
 * @property {string[]} show - Overlays.
 * @property {number[]} hide - Classes.
 * @property {number} image - Number of the chosen test image.
 * @property {?string} drawing - The reader's drawing in its place, packed.
 * @property {number} seed - The seed of ε; 0 without a draw.
 * @property {?Point} mean - The values of μ, σ and ε along the two directions, if set by hand.
 * @property {?Point} deviation
 * @property {?Point} noise
 * @property {Pin[]} pins
 * @property {"linear" | "spherical"} way
 * @property {number} progress - Place on the walk, from 0 to 1.
 *
 * @typedef {object} Shown - Other values of the page; all but the first three wait for data.
 * @property {?Point} hover - The point under the pointer, in place of the kept one.
 * @property {boolean} playing
 * @property {number} theme - The number of times that it was switched.
 * @property {Images} images
 * @property {import("./model.js").Model[]} models - The VAE and the AE that are shown.
 * @property {import("./subject.js").Subject[]} subjects
 * @property {import("./model.js").Code[]} codes - The codes of the image in both models.
 * @property {import("./posterior.js").Draw} draw - The draw from the VAE's posterior.
 *
 * @typedef {Awaited<ReturnType<typeof import("./weights.js").loadImages>>} Images
 * @typedef {Settings & Shown} State
 * @typedef {import("./store.js").Store<State>} PageStore
 */

/** The settings before the reader changes them. */
export const INITIAL = Object.freeze(/** @type {Settings} */ ({
  latent: 2,
  axes: [0, 1],
  at: [0, 0],
  view: [0, 0, 1],
  show: ["points", "code"],
  hide: [],
  image: 0,
  drawing: null,
  seed: 0,
  mean: null,
  deviation: null,
  noise: null,
  pins: [],
  way: "linear",
  progress: 0,
}));

/**
 * Pack a drawing into letters fit for an address: a byte for each run of up to 16 equal levels.
 * @param {Uint8Array} levels - The levels from 0 to BLACK.
 * @returns {string}
 */
export function pack(levels) {
  let bytes = "";
  for (let start = 0, end = 0; start < levels.length; start = end) {
    while (end < levels.length && end - start < 16 && levels[end] === levels[start]) end++;
    bytes += String.fromCharCode((levels[start] << 4) | (end - start - 1));
  }
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * @param {string} text - The result of `pack`.
 * @returns {?Uint8Array} The levels; none if the text is damaged.
 */
export function unpack(text) {
  let bytes;
  try {
    bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
  const levels = [];
  for (const byte of bytes) {
    const code = byte.charCodeAt(0);
    levels.push(...Array((code & 15) + 1).fill(code >> 4));
  }
  return Uint8Array.from(levels);
}

/**
 * The form of a kind of value; `read` gives undefined for text that makes no sense.
 * @template T
 * @typedef {{write: (value: T) => string, read: (written: string) => T | undefined}} Kind
 */

/** @type {Kind<string>} */
const text = { write: String, read: (written) => written };

/**
 * @template T
 * @param {Kind<T>} kind
 * @param {(value: T) => boolean} test
 * @returns {Kind<T>}
 */
const when = (kind, test) => ({
  write: kind.write,
  read: (written) => {
    const value = kind.read(written);
    return value !== undefined && test(value) ? value : undefined;
  },
});

/** @type {Kind<number>} */
const number = {
  write: (value) => String(Math.round(value * 1000) / 1000),
  read: (written) => (written !== "" && Number.isFinite(+written) ? +written : undefined),
};

const whole = when(number, (value) => Number.isInteger(value) && value >= 0);

/**
 * @template {string} Word
 * @param {...Word} words
 * @returns {Kind<Word>}
 */
const oneOf = (...words) => ({
  write: String,
  read: (written) => words.find((word) => word === written),
});

/**
 * @template T
 * @param {Kind<T>} kind
 * @param {string} [separator]
 * @returns {Kind<T[]>}
 */
const list = (kind, separator = ",") => ({
  write: (values) => values.map(kind.write).join(separator),
  read: (written) => {
    const values = written === "" ? [] : written.split(separator).map(kind.read);
    const sound = values.filter((value) => value !== undefined);
    return sound.length === values.length ? sound : undefined;
  },
});

/**
 * @param {Kind<number>} kind
 * @returns {Kind<Point>}
 */
const pairOf = (kind) => ({
  write: list(kind).write,
  read: (written) => {
    const [first, second, ...more] = list(kind).read(written) ?? [];
    return second === undefined || more.length ? undefined : [first, second];
  },
});

const pair = pairOf(number);
const directions = when(pairOf(whole), ([first, second]) => first !== second);
const drawing = when(text, (value) => unpack(value) !== null);
const place = list(number, "_");

/** @type {Kind<View>} */
const view = {
  write: list(number).write,
  read: (written) => {
    const [u, v, magnification, ...more] = list(number).read(written) ?? [];
    return magnification > 0 && !more.length ? [u, v, magnification] : undefined;
  },
};

/** @type {Kind<Pin>} */
const pin = {
  write: (pinned) => {
    if (pinned.at) return `p${place.write([...pinned.at, ...pinned.axes])}`;
    return pinned.drawing ? `d${pinned.drawing}` : `i${pinned.image}`;
  },
  read: (written) => {
    const [letter, rest] = [written[0], written.slice(1)];
    if (letter === "i") {
      const image = whole.read(rest);
      return image === undefined ? undefined : { image };
    }
    if (letter === "d") {
      const packed = drawing.read(rest);
      return packed ? { drawing: packed } : undefined;
    }
    const [u, v, ...rows] = (letter === "p" && place.read(rest)) || [];
    const axes = directions.read(rows.join());
    return axes && { at: [u, v], axes };
  },
};

/** @type {{[Key in keyof Settings]: Kind<NonNullable<Settings[Key]>>}} */
const KINDS = {
  latent: whole,
  axes: directions,
  at: pair,
  view,
  show: list(oneOf(...OVERLAYS)),
  hide: list(whole),
  image: whole,
  drawing,
  seed: whole,
  mean: pair,
  deviation: when(pair, (values) => Math.min(...values) > 0),
  noise: pair,
  pins: list(pin, "~"),
  way: oneOf("linear", "spherical"),
  progress: when(number, (value) => value >= 0 && value <= 1),
};

export const KEYS = /** @type {(keyof Settings)[]} */ (Object.keys(KINDS));

/**
 * @template {keyof Settings} Key
 * @param {Settings} state
 * @param {Key} key
 */
function writeOne(state, key) {
  const value = state[key];
  return value === null ? null : KINDS[key].write(value);
}

/**
 * @template {keyof Settings} Key
 * @param {Settings} state
 * @param {Key} key
 * @param {string} written
 */
function readOne(state, key, written) {
  const value = KINDS[key].read(written);
  if (value !== undefined) state[key] = value;
}

/**
 * Write a state as the query of an address; initial values are left out.
 * @param {Settings} state
 * @returns {string} The query, "" or "?…".
 */
export function write(state) {
  const said = KEYS.map((key) => ({ key, now: writeOne(state, key), first: writeOne(INITIAL, key) }))
    .filter(({ now, first }) => now !== null && now !== first)
    .map(({ key, now }) => `${key}=${now}`);
  return said.length ? `?${said.join("&")}` : "";
}

/**
 * Read a state from the query of an address; values that make no sense stay initial.
 * @param {string} query
 * @returns {Settings}
 */
export function read(query) {
  const state = { ...INITIAL };
  for (const [name, written] of new URLSearchParams(query)) {
    const key = KEYS.find((each) => each === name);
    if (key) readOne(state, key, written);
  }
  return state;
}

/**
 * Fit a state to the models at hand, so that its latent size and directions exist.
 * @param {Settings} state
 * @param {number[]} sizes - The models' latent sizes; the first one replaces any other.
 * @param {number} pixels - The number of pixels of an image, and so of a drawing.
 * @returns {Settings}
 */
export function fit(state, sizes, pixels) {
  const latent = sizes.includes(state.latent) ? state.latent : sizes[0];
  const exist = (/** @type {Point} */ axes) => axes.every((axis) => axis < latent);
  const drawable = (/** @type {{drawing?: ?string}} */ { drawing }) =>
    !drawing || unpack(drawing)?.length === pixels;
  return {
    ...state,
    latent,
    axes: exist(state.axes) ? state.axes : INITIAL.axes,
    drawing: drawable(state) ? state.drawing : null,
    pins: state.pins.filter((pinned) =>
      (!pinned.axes || exist(pinned.axes)) && drawable(pinned)),
  };
}
