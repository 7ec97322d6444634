// The preview of the explorer: one plane and the output of both decoders. No model is loaded before
// the reader touches it.

import { listen } from "./gestures.js";
import { makeLoader } from "./loading.js";
import { found, partsOf } from "./parts.js";
import { onTheme, paint } from "./picture.js";
import { Plane } from "./plane.js";
import { INITIAL } from "./state.js";
import { Subject } from "./subject.js";

const root = found(document, ".explorer__preview", HTMLElement);
const part = partsOf(root);
const start = part("start");

let running = false;

async function run() {
  if (running) return;
  running = true;
  part("message").textContent = "Loading\u2026";
  try {
    await show();
    part("message").textContent = "Move over the plane, or use the arrow keys.";
  } catch (error) {
    part("message").textContent = error instanceof Error ? error.message : String(error);
    start.textContent = "Try again";
    running = false;
  }
}

async function show() {
  const loader = makeLoader(root.dataset.explorer ?? "");
  const [models, images] = await Promise.all([loader.pair(2), loader.images()]);
  const subjects = models.map((model) => new Subject(model, INITIAL.axes, images.pointLabels));
  const element = part("plane");
  const focused = document.activeElement === start;
  start.remove();
  part("poster", SVGElement).remove();
  element.tabIndex = 0;
  if (focused) element.focus();

  const plane = new Plane(element);
  const settings = { ...INITIAL, show: ["points"] };
  /** @param {?import("./chart.js").Point} [hover] */
  const look = (hover) => {
    const point = hover ?? settings.at;
    for (const { model, chart } of subjects) {
      paint(part(`picture-${model.kind}`, HTMLCanvasElement), model.pixels(model.decode(chart.lift(point))));
    }
    plane.marks = { point };
    plane.drawMarks();
  };
  const see = (/** @type {import("./state.js").View} */ view) => {
    settings.view = view;
    plane.show(subjects[0], settings);
    look();
  };
  const keep = (/** @type {import("./chart.js").Point} */ at) => {
    settings.at = at;
    look();
  };
  listen(plane, { point: () => settings.at, look, keep, see, drag() {}, pin() {} });
  onTheme(() => see(settings.view));
  see(settings.view);
}

start.addEventListener("focus", run);
start.addEventListener("click", run);
