// A walk between pinned points and images, in both models at once.

import { coordinates } from "./format.js";
import { pixelsOf } from "./image_panel.js";
import { pen } from "./parts.js";
import { paint, thumbnail } from "./picture.js";
import { linear, spherical, through } from "./walk.js";

const FRAMES = 9; // in the strip
const LEG = 1500; // milliseconds between two pins
const PATH = 48; // points of the drawn path
const WAYS = { linear, spherical };

/** @typedef {import("./chart.js").Point} Point */
/** @typedef {import("./state.js").Pin} Pin */
/** @typedef {import("./subject.js").Subject} Subject */

/**
 * @param {import("./parts.js").Part} part - The parts of the page by name.
 * @param {import("./state.js").PageStore} store
 * @param {(text: string) => void} announce - A function that tells screen readers.
 */
export function walkPanel(part, store, announce) {
  const { state } = store;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const slider = part("progress", HTMLInputElement);
  const play = part("play");

  const pinPoint = (/** @type {Point} */ at) => add({ at, axes: state.axes });
  const add = (/** @type {Pin} */ pinned) => {
    store.set({ pins: [...state.pins, pinned] });
    announce(`pinned as stop ${state.pins.length}`);
  };
  part("pin-point").addEventListener("click", () => pinPoint(state.at));
  part("pin-image").addEventListener("click", () =>
    add(state.drawing ? { drawing: state.drawing } : { image: state.image }));
  slider.addEventListener("input", () =>
    store.set({ progress: Number(slider.value), playing: false }));
  for (const way of /** @type {(keyof typeof WAYS)[]} */ (Object.keys(WAYS))) {
    part(way).addEventListener("change", () => store.set({ way }));
  }
  play.addEventListener("click", () => {
    if (still.matches) {
      const next = Math.round(state.progress * (FRAMES - 1) + 1) / (FRAMES - 1);
      store.set({ progress: next > 1 ? 0 : next });
    } else {
      store.set({ playing: !state.playing, progress: state.progress % 1 });
    }
  });

  // The latent vectors of all pins, and the way through them in (u, v), for each subject.
  /** @type {Map<Subject, {stops: Float32Array[], path: Point[]}>} */
  const walks = new Map();
  /** @param {Subject} subject */
  const walkOf = (subject) => walks.get(subject) ?? { stops: [], path: [] };
  /**
   * @param {Subject} subject
   * @param {number} share
   */
  const at = (subject, share) =>
    through(walkOf(subject).stops, share, WAYS[state.way], subject.pivot);
  store.on(["pins", "way", "subjects", "images"], () => {
    walks.clear();
    for (const subject of state.subjects) {
      const stops = state.pins.map((pinned) => pinned.at
        ? subject.chartOf(pinned.axes).lift(pinned.at)
        : subject.model.encode(pixelsOf(pinned, state.images)).mean);
      const count = stops.length > 1 ? PATH + 1 : 0;
      const path = Array.from({ length: count }, (_, index) =>
        subject.chart.project(through(stops, index / PATH, WAYS[state.way], subject.pivot)));
      walks.set(subject, { stops, path });
    }
  });

  let before = 0;
  const advance = (/** @type {number} */ now) => {
    if (!state.playing) return;
    const progress = state.progress + (now - before) / (LEG * (state.pins.length - 1));
    before = now;
    store.set({ progress: Math.min(1, progress), playing: progress < 1 });
    requestAnimationFrame(advance);
  };
  store.on(["playing", "subjects"], () => {
    play.textContent = still.matches ? "Next step" : state.playing ? "Pause" : "Play";
    before = performance.now();
    if (state.playing) requestAnimationFrame(advance);
  });

  const describe = (/** @type {Pin} */ pinned) => {
    if (pinned.at) return `point ${coordinates(pinned.at)}`;
    const { image = 0, drawing } = pinned;
    if (drawing) return "your drawing";
    const label = state.images.labels[image % state.images.labels.length];
    return part("image-class", HTMLSelectElement).options[label].text;
  };

  store.on(["pins", "subjects", "images", "theme"], () => {
    part("pins").replaceChildren(...state.pins.map((pinned, index) => {
      const [vae] = state.subjects;
      const item = document.createElement("li");
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "Remove";
      remove.ariaLabel = `Remove stop ${index + 1}, ${describe(pinned)}`;
      remove.addEventListener("click", () => {
        store.set({ pins: state.pins.filter((other) => other !== pinned), playing: false });
        part("pin-point").focus();
      });
      const image = pinned.at ? vae.decode(walkOf(vae).stops[index]) : pixelsOf(pinned, state.images);
      item.append(thumbnail(image), describe(pinned), remove);
      return item;
    }));
    const walkable = state.pins.length > 1;
    part("walk").inert = !walkable;
    part("walk-hint").hidden = walkable;
  });

  store.on(["pins", "way", "subjects", "images", "theme"], () => {
    part(state.way, HTMLInputElement).checked = true;
    for (const subject of state.subjects) {
      const strip = part(`strip-${subject.model.kind}`, HTMLCanvasElement);
      pen(strip).clearRect(0, 0, strip.width, strip.height);
      if (state.pins.length < 2) continue;
      for (let frame = 0; frame < FRAMES; frame++) {
        paint(strip, subject.decode(at(subject, frame / (FRAMES - 1))), frame * strip.height);
      }
    }
  });

  store.on(["pins", "way", "progress", "subjects", "images", "theme"], () => {
    slider.value = String(state.progress);
    slider.ariaValueText = `${Math.round(100 * state.progress)} % of the way`;
    for (const subject of state.subjects) {
      const canvas = part(`now-${subject.model.kind}`, HTMLCanvasElement);
      if (state.pins.length > 1) paint(canvas, subject.decode(at(subject, state.progress)));
      else pen(canvas).clearRect(0, 0, canvas.width, canvas.height);
    }
  });

  return {
    pinPoint,
    /**
     * The marks of the walk on a plane.
     * @param {Subject} subject
     */
    marks(subject) {
      const { stops, path } = walkOf(subject);
      return {
        stops: stops.map((z) => subject.chart.project(z)),
        path,
        walker: path.length ? subject.chart.project(at(subject, state.progress)) : null,
      };
    },
  };
}
