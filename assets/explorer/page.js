// The explorer's page: loads, draws, listens, and keeps the reader's settings in the address.

import { coordinates, number } from "./format.js";
import { listen, zoomed } from "./gestures.js";
import { imagePanel } from "./image_panel.js";
import { makeLoader } from "./loading.js";
import { onTheme, paint } from "./picture.js";
import { Plane } from "./plane.js";
import { INITIAL, OVERLAYS, fit, read, write } from "./state.js";
import { Store } from "./store.js";
import { BANDWIDTH, Subject } from "./subject.js";
import { walkPanel } from "./walk_panel.js";

const QUIET = 250; // milliseconds without a change before it is announced, or enters the address

const root = document.querySelector("[data-explorer]");
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const loader = makeLoader(root.dataset.explorer);
const store = new Store({
  ...read(location.search),
  hover: null, // the point passed over, in place of the one that is kept
  playing: false,
  theme: 0, // how often it was switched
  images: null,
  models: null, // the VAE and the AE that are shown
  subjects: null,
  codes: null, // of the image, in both
  draw: null, // from the VAE's posterior
});
const { state } = store;

function debounced(action) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(action, QUIET, ...values);
  };
}

const announce = debounced((text) => {
  part("announcer").textContent = text;
});

const className = (label) => part("image-class").options[label].text;
const shown = () => state.hover ?? state.at;

function cover(covered) {
  part("cover").hidden = !covered;
  part("body").inert = covered;
}

async function load() {
  const focused = document.activeElement;
  cover(true);
  part("retry").hidden = part("back").hidden = true;
  try {
    const { models } = await loader.manifest();
    const sizes = [...new Set(models.map((model) => model.latent))].sort((one, other) => one - other);
    Object.assign(state, fit(state, sizes));
    part("message").textContent = `Loading the two ${state.latent}-D models and the images\u2026`;
    const [pair, images] = await Promise.all([loader.pair(state.latent), loader.images()]);
    store.set({ models: pair, images });
    cover(false);
    (part("cover").contains(focused) ? part("plane-vae") : focused).focus();
  } catch (error) {
    part("message").textContent = error.message;
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
const planes = ["vae", "ae"].map((kind) => new Plane(part(`plane-${kind}`)));

store.on(["at", "hover", "hide", "subjects", "theme"], () => {
  const point = shown();
  const spoken = state.subjects.map((subject) => {
    const { kind } = subject.model;
    paint(part(`picture-${kind}`), subject.decode(subject.chart.lift(point)));
    const nearest = subject.nearest(point, state.hide);
    const z = `z = ${coordinates(subject.chart.toAlong(point))}`;
    const near = nearest === null ? "no class shown" : className(nearest);
    part(`z-${kind}`).textContent = z;
    part(`near-${kind}`).textContent = near;
    part(`picture-${kind}`).ariaLabel = `Decoded by the ${kind.toUpperCase()} at ${z}`;
    return `${kind.toUpperCase()}: ${z}, nearest ${near}`;
  });
  const [u, v] = point.map((value) => number(value));
  for (const { model } of state.subjects) part(`uv-${model.kind}`).textContent = `u ${u}, v ${v}`;
  if (document.activeElement.closest(".explorer__plane")) {
    announce(`u ${u}, v ${v}. ${spoken.join(". ")}`);
  }
});

store.on(["view", "show", "hide", "subjects", "theme"], () =>
  planes.forEach((plane, index) => plane.show(state.subjects[index], state)));

const MARKED = ["at", "hover", "view", "show", "codes", "draw", "pins", "way", "progress",
  "subjects", "theme"];
store.on(MARKED, () => planes.forEach((plane, index) => {
  const subject = state.subjects[index];
  const code = state.show.includes("code") ? image.marks(subject) : null;
  plane.marks = { point: shown(), code, ...walk.marks(subject) };
  plane.drawMarks();
}));

const see = (view) => store.set({ view });
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

// A checkbox that puts a value into a list of the state, or, of a list of what is hidden, out of it.
function bind(box, key, value, listed) {
  box.addEventListener("change", () => {
    const others = state[key].filter((other) => other !== value);
    store.set({ [key]: box.checked === listed ? [...others, value] : others });
  });
  store.on([key, "subjects"], () => {
    box.checked = state[key].includes(value) === listed;
  });
}
OVERLAYS.forEach((overlay) => bind(part(`show-${overlay}`), "show", overlay, true));
root.querySelectorAll("[data-class]").forEach((box, label) =>
  bind(box, "hide", label, false));
part("all-classes").addEventListener("click", () => store.set({ hide: [] }));
part("no-classes").addEventListener("click", () =>
  store.set({ hide: [...root.querySelectorAll("[data-class]").keys()] }));

root.querySelectorAll("[name=latent]").forEach((radio) => {
  radio.addEventListener("change", () => {
    store.set({ latent: Number(radio.value), axes: INITIAL.axes, mean: null, deviation: null,
      noise: null, pins: state.pins.filter((pinned) => !pinned.at), playing: false });
    load();
  });
  store.on(["subjects", "latent"], () => {
    radio.checked = Number(radio.value) === state.latent;
  });
});
const selects = [0, 1].map((axis) => part(`axis-${axis}`));
selects.forEach((select, axis) => {
  select.addEventListener("change", () => {
    const axes = [...state.axes];
    axes[axis] = Number(select.value);
    // The same direction twice would span no plane: the two change places.
    if (axes[0] === axes[1]) axes[1 - axis] = state.axes[axis];
    store.set({ axes, mean: null, deviation: null, noise: null });
  });
});
store.on(["subjects"], () => {
  const { latent, axes } = state;
  part("axes").disabled = latent === 2;
  selects.forEach((select, axis) => {
    select.replaceChildren(...Array.from({ length: latent }, (_, index) =>
      new Option(index + 1, index, false, index === axes[axis])));
  });
});

const rewrite = debounced(() =>
  history.replaceState(history.state, "", `${location.pathname}${write(state)}${location.hash}`));
store.on(Object.keys(INITIAL), rewrite);
part("copy").addEventListener("click", async () => {
  const address = `${location.origin}${location.pathname}${write(state)}`;
  const copied = await navigator.clipboard?.writeText(address).then(() => true, () => false);
  part("copied").textContent = copied ? "Copied." : address;
});

part("bandwidth").textContent = BANDWIDTH;
part("retry").addEventListener("click", load);
part("back").addEventListener("click", () => {
  store.set(fit(state, [state.models[0].latent]));
  cover(false);
});
onTheme(() => state.subjects && store.set({ theme: state.theme + 1 }));
// After the first paint: on a slow line the models would hold it up by seconds.
requestAnimationFrame(() => setTimeout(load));
