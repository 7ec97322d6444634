// What the reader has set, and how it is written into the page's address.

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** Grey levels of a drawing, from 0 to this. */
export const BLACK = 15;

export const OVERLAYS = ["points", "density", "prior", "lattice", "code"];

/** What holds until the reader sets something else. */
export const INITIAL = Object.freeze({
  latent: 2, // dimensions of the two models
  axes: [0, 1], // directions that span the planes
  at: [0, 0], // the linked point, (u, v)
  view: [0, 0, 1], // centre of the planes in (u, v), and magnification
  show: ["points", "code"], // overlays
  hide: [], // classes
  image: 0, // number of the chosen test image
  drawing: null, // the reader's own in its place, packed
  seed: 0, // of ε; 0 without a draw
  mean: null, // μ, σ and ε along the two directions, where set by hand
  deviation: null,
  noise: null,
  pins: [], // {at, axes}, {image} or {drawing} each
  way: "linear", // or "spherical"
  progress: 0, // of the walk, from 0 to 1
});

/**
 * Pack a drawing into letters fit for an address: a byte for each run of up to 16 equal levels.
 * @param {Uint8Array} levels - [784], from 0 to BLACK.
 * @returns {string}
 */
export function pack(levels) {
  let bytes = "";
  for (let start = 0, end = 0; start < PIXELS; start = end) {
    while (end < PIXELS && end - start < 16 && levels[end] === levels[start]) end++;
    bytes += String.fromCharCode((levels[start] << 4) | (end - start - 1));
  }
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * @param {string} text - from `pack`.
 * @returns {?Uint8Array} [784] levels; none where the text is damaged.
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
  return levels.length === PIXELS ? Uint8Array.from(levels) : null;
}

// A kind of value: how it is written, and how read, giving undefined for what makes no sense.
const text = { write: String, read: (written) => written };

const when = (kind, test) => ({
  write: kind.write,
  read: (written) => {
    const value = kind.read(written);
    return value !== undefined && test(value) ? value : undefined;
  },
});

const number = {
  write: (value) => String(Math.round(value * 1000) / 1000),
  read: (written) => (written !== "" && Number.isFinite(+written) ? +written : undefined),
};

const whole = when(number, (value) => Number.isInteger(value) && value >= 0);

const oneOf = (...words) => when(text, (value) => words.includes(value));

const list = (kind, separator = ",") => ({
  write: (values) => values.map(kind.write).join(separator),
  read: (written) => {
    const values = written === "" ? [] : written.split(separator).map(kind.read);
    return values.includes(undefined) ? undefined : values;
  },
});

const pair = when(list(number), (values) => values.length === 2);
const directions = when(list(whole), (values) => values.length === 2 && values[0] !== values[1]);
const drawing = when(text, (value) => unpack(value) !== null);
const place = list(number, "_");

const pin = {
  write: (pinned) => {
    if ("image" in pinned) return `i${pinned.image}`;
    if ("drawing" in pinned) return `d${pinned.drawing}`;
    return `p${place.write([...pinned.at, ...pinned.axes])}`;
  },
  read: (written) => {
    const [letter, rest] = [written[0], written.slice(1)];
    const read = (kind, key) => {
      const value = kind.read(rest);
      return value === undefined ? undefined : { [key]: value };
    };
    if (letter === "i") return read(whole, "image");
    if (letter === "d") return read(drawing, "drawing");
    const [u, v, ...axes] = (letter === "p" && place.read(rest)) || [];
    return directions.read(axes.join()) && { at: [u, v], axes };
  },
};

const KINDS = {
  latent: whole,
  axes: directions,
  at: pair,
  view: when(list(number), (values) => values.length === 3 && values[2] > 0),
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

/**
 * Write a state as the query of an address; what is as it was at first goes unsaid.
 * @param {typeof INITIAL} state
 * @returns {string} "" or "?…".
 */
export function write(state) {
  const said = Object.entries(KINDS)
    .filter(([key]) => state[key] !== null)
    .map(([key, kind]) => [key, kind.write(state[key])])
    .filter(([key, written]) => INITIAL[key] === null || written !== KINDS[key].write(INITIAL[key]));
  return said.length ? `?${said.map((part) => part.join("=")).join("&")}` : "";
}

/**
 * Read a state from the query of an address; what makes no sense there is as at first.
 * @param {string} query
 * @returns {typeof INITIAL}
 */
export function read(query) {
  const state = { ...INITIAL };
  for (const [key, written] of new URLSearchParams(query)) {
    const value = Object.hasOwn(KINDS, key) ? KINDS[key].read(written) : undefined;
    if (value !== undefined) state[key] = value;
  }
  return state;
}

/**
 * Fit a state to the models there are: neither size nor direction that none of them has.
 * @param {typeof INITIAL} state
 * @param {number[]} sizes - numbers of latent dimensions, the first in place of any other.
 * @returns {typeof INITIAL}
 */
export function fit(state, sizes) {
  const latent = sizes.includes(state.latent) ? state.latent : sizes[0];
  const exist = (axes) => axes.every((axis) => axis < latent);
  return {
    ...state,
    latent,
    axes: exist(state.axes) ? state.axes : INITIAL.axes,
    pins: state.pins.filter((pinned) => exist(pinned.axes ?? [])),
  };
}
