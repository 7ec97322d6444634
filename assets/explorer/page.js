// The explorer's page: loads, draws, listens, and keeps the reader's settings in the address.

import { alongBoth } from "./chart.js";
import { coordinates, number } from "./format.js";
import { listen, zoomed } from "./gestures.js";
import { imagePanel } from "./image_panel.js";
import { makeLoader } from "./loading.js";
import { found, partsOf } from "./parts.js";
import { onTheme, paint } from "./picture.js";
import { Plane } from "./plane.js";
import { INITIAL, KEYS, OVERLAYS, fit, read, write } from "./state.js";
import { Store } from "./store.js";
import { BANDWIDTH, Subject } from "./subject.js";
import { walkPanel } from "./walk_panel.js";

const QUIET = 250; // milliseconds after a change until it is announced and enters the address

const root = found(document, "[data-explorer]", HTMLElement);
const part = partsOf(root);
const pixels = part("original", HTMLCanvasElement).width ** 2; // per image, by the build's layout
const loader = makeLoader(root.dataset.explorer ?? "");
// Loaded values, and those that depend on them, are set before any function reads them.
const store = new Store(/** @type {import("./state.js").State} */ ({
  ...read(location.search),
  hover: null,
  playing: false,
  theme: 0,
}));
const { state } = store;

/**
 * @template {unknown[]} Values
 * @param {(...values: Values) => void} action
 * @returns {(...values: Values) => void}
 */
function debounced(action) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), QUIET);
  };
}

const announce = debounced((/** @type {string} */ text) => {
  part("announcer").textContent = text;
});

/** @param {number} label */
const className = (label) => part("image-class", HTMLSelectElement).options[label].text;
const shown = () => state.hover ?? state.at;

/** @param {boolean} covered */
function cover(covered) {
  part("cover").hidden = !covered;
  part("body").inert = covered;
}

async function load() {
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  cover(true);
  part("retry").hidden = part("back").hidden = true;
  try {
    const { models } = await loader.manifest();
    const sizes = [...new Set(models.map((model) => model.latent))].sort((one, other) => one - other);
    Object.assign(state, fit(state, sizes, pixels));
    part("message").textContent = `Loading the ${state.latent}-D models and the images\u2026`;
    const [pair, images] = await Promise.all([loader.pair(state.latent), loader.images()]);
    store.set({ models: pair, images });
    cover(false);
    (part("cover").contains(focused) ? part("plane-vae") : focused)?.focus();
  } catch (error) {
    part("message").textContent = error instanceof Error ? error.message : String(error);
    part("retry").hidden = false;
    part("back").hidden = !state.models;
  }
}

store.on(["models", "axes"], () => {
  const { models, images, axes } = state;
  store.set({ subjects: models.map((model) => new Subject(model, axes, images.pointLabels)) });
});
store.on(["theme"], () => state.subjects.forEach((subject) => subject.repaint()));

const image = imagePanel(part, store, announce);
const walk = walkPanel(part, store, announce);
// One for the VAE, and one for the AE if the page has one.
/** @type {NodeListOf<HTMLElement>} */
const elements = root.querySelectorAll('[data-part^="plane-"]');
const planes = [...elements].map((each) => new Plane(each));

store.on(["at", "hover", "hide", "subjects", "theme"], () => {
  const point = shown();
  const spoken = state.subjects.map((subject) => {
    const { kind } = subject.model;
    const picture = part(`picture-${kind}`, HTMLCanvasElement);
    paint(picture, subject.decode(subject.chart.lift(point)));
    const nearest = subject.nearest(point, state.hide);
    const z = `z = ${coordinates(subject.chart.toAlong(point))}`;
    const near = nearest === null ? "no class shown" : className(nearest);
    part(`z-${kind}`).textContent = z;
    part(`near-${kind}`).textContent = near;
    picture.ariaLabel = `Decoded by the ${kind.toUpperCase()} at ${z}`;
    return `${kind.toUpperCase()}: ${z}, nearest ${near}`;
  });
  const [u, v] = point.map((value) => number(value));
  for (const { model } of state.subjects) part(`uv-${model.kind}`).textContent = `u ${u}, v ${v}`;
  if (document.activeElement?.closest(".explorer__plane")) {
    announce(`u ${u}, v ${v}. ${spoken.join(". ")}`);
  }
});

store.on(["view", "show", "hide", "subjects", "theme"], () =>
  planes.forEach((plane, index) => plane.show(state.subjects[index], state)));

/** @type {(keyof typeof state)[]} */
const MARKED = ["at", "hover", "view", "show", "codes", "draw", "pins", "way", "progress",
  "subjects", "theme"];
store.on(MARKED, () => planes.forEach((plane, index) => {
  const subject = state.subjects[index];
  const code = state.show.includes("code") ? image.marks(subject) : null;
  plane.marks = { point: shown(), code, ...walk.marks(subject) };
  plane.drawMarks();
}));

const see = (/** @type {import("./state.js").View} */ view) => store.set({ view });
planes.forEach((plane) => listen(plane, {
  point: () => state.at,
  look: (hover) => store.set({ hover }),
  keep: (at) => store.set({ at, hover: null }),
  see,
  drag: image.drag,
  pin: () => walk.pinPoint(state.at),
}));
part("nearer").addEventListener("click", () => see(zoomed(state.view, 1.5, state.at)));
part("farther").addEventListener("click", () => see(zoomed(state.view, 1 / 1.5, state.at)));
part("whole").addEventListener("click", () => see(INITIAL.view));

/**
 * Bind a checkbox to the presence, or the absence, of a value in a list of the state.
 * @template Value
 * @param {HTMLInputElement} box
 * @param {"show" | "hide"} key
 * @param {() => Value[]} list
 * @param {Value} value
 * @param {boolean} listed
 */
function bind(box, key, list, value, listed) {
  box.addEventListener("change", () => {
    const others = list().filter((other) => other !== value);
    store.set({ [key]: box.checked === listed ? [...others, value] : others });
  });
  store.on([key, "subjects"], () => {
    box.checked = list().includes(value) === listed;
  });
}
OVERLAYS.forEach((overlay) =>
  bind(part(`show-${overlay}`, HTMLInputElement), "show", () => state.show, overlay, true));
/** @type {NodeListOf<HTMLInputElement>} */
const boxes = root.querySelectorAll("[data-class]");
boxes.forEach((box, label) => bind(box, "hide", () => state.hide, label, false));
part("all-classes").addEventListener("click", () => store.set({ hide: [] }));
part("no-classes").addEventListener("click", () => store.set({ hide: [...boxes.keys()] }));

/** @type {NodeListOf<HTMLInputElement>} */
const sizes = root.querySelectorAll("[name=latent]");
sizes.forEach((radio) => {
  radio.addEventListener("change", () => {
    store.set({ latent: Number(radio.value), axes: INITIAL.axes, mean: null, deviation: null,
      noise: null, pins: state.pins.filter((pinned) => !pinned.at), playing: false });
    load();
  });
  store.on(["subjects", "latent"], () => {
    radio.checked = Number(radio.value) === state.latent;
  });
});
const selects = alongBoth((axis) => part(`axis-${axis}`, HTMLSelectElement));
selects.forEach((select, axis) => {
  select.addEventListener("change", () => {
    const chosen = Number(select.value);
    // The same direction twice would span no plane, so the two change places.
    const axes = alongBoth((each) => {
      if (each === axis) return chosen;
      return state.axes[each] === chosen ? state.axes[axis] : state.axes[each];
    });
    store.set({ axes, mean: null, deviation: null, noise: null });
  });
});
store.on(["subjects"], () => {
  const { latent, axes } = state;
  part("axes", HTMLFieldSetElement).disabled = latent === 2;
  selects.forEach((select, axis) => {
    select.replaceChildren(...Array.from({ length: latent }, (_, index) =>
      new Option(String(index + 1), String(index), false, index === axes[axis])));
  });
});

const rewrite = debounced(() =>
  history.replaceState(history.state, "", `${location.pathname}${write(state)}${location.hash}`));
store.on(KEYS, rewrite);
part("copy").addEventListener("click", async () => {
  const address = `${location.origin}${location.pathname}${write(state)}`;
  const copied = await navigator.clipboard?.writeText(address).then(() => true, () => false);
  part("copied").textContent = copied ? "Copied." : address;
});

if (planes.length > 1) part("bandwidth").textContent = String(BANDWIDTH);
part("retry").addEventListener("click", load);
part("back").addEventListener("click", () => {
  store.set(fit(state, [state.models[0].latent], pixels));
  cover(false);
});
onTheme(() => state.subjects && store.set({ theme: state.theme + 1 }));
// Loading starts after the first paint, which the models would delay by seconds on a slow line.
requestAnimationFrame(() => setTimeout(load));
