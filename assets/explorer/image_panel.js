// An image, its reconstructions by both models, and the draw from the posterior with its handles.

import { alongBoth } from "./chart.js";
import { DrawingBoard } from "./drawing.js";
import { number } from "./format.js";
import { crossEntropy, klDivergence } from "./model.js";
import { paint, paintAmounts, thumbnail } from "./picture.js";
import { posterior } from "./posterior.js";
import { BLACK, pack, unpack } from "./state.js";

/** @typedef {import("./subject.js").Subject} Subject */

/** @type {("mean" | "deviation" | "noise")[]} */
const HANDLES = ["mean", "deviation", "noise"];
const AS_ENCODED = { seed: 0, mean: null, deviation: null, noise: null };
const MOST = 2; // nats in a pixel of full colour

/** @param {Float32Array} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * The levels of a packed drawing; none without a drawing, or if it is damaged.
 * @param {?string} [packed]
 */
const levelsOf = (packed) => (packed ? unpack(packed) : null);

/**
 * Pixels, from 0 to 1, of a test image or a drawing.
 * @param {import("./state.js").Source} source
 * @param {import("./state.js").Images} images
 */
export function pixelsOf({ image = 0, drawing }, images) {
  const levels = levelsOf(drawing);
  if (levels) return Float32Array.from(levels, (level) => level / BLACK);
  const count = images.pixels.length / images.labels.length;
  const start = count * (image % images.labels.length);
  return Float32Array.from(images.pixels.subarray(start, start + count), (value) => value / 255);
}

/**
 * @param {import("./parts.js").Part} part - The parts of the page by name.
 * @param {import("./state.js").PageStore} store
 * @param {(text: string) => void} announce - A function that tells screen readers.
 */
export function imagePanel(part, store, announce) {
  const { state } = store;
  const classes = part("image-class", HTMLSelectElement);
  const shelf = part("shelf");
  const isVae = (/** @type {Subject} */ subject) => subject.model.kind === "vae";

  const board = new DrawingBoard(part("board"), {
    changed: (levels) => store.set({ drawing: pack(levels), ...AS_ENCODED }),
    moved: (column, row) => announce(`column ${column}, row ${row}`),
  });
  const erase = part("erase", HTMLInputElement);
  erase.addEventListener("change", () => {
    board.erasing = erase.checked;
  });
  part("clear").addEventListener("click", () => {
    board.levels.fill(0);
    board.show();
    store.set({ drawing: null, ...AS_ENCODED });
  });
  part("trace").addEventListener("click", () => {
    board.levels = Uint8Array.from(pixelsOf(state, state.images), (value) =>
      Math.round(value * BLACK));
    board.show();
    store.set({ drawing: pack(board.levels), ...AS_ENCODED });
  });

  const choose = (/** @type {number} */ image) => store.set({ image, drawing: null, ...AS_ENCODED });
  const labelOf = (/** @type {number} */ image) =>
    state.images.labels[image % state.images.labels.length];
  classes.addEventListener("change", () =>
    choose(state.images.labels.indexOf(Number(classes.value))));

  part("sample").addEventListener("click", () =>
    store.set({ seed: 1 + Math.floor(Math.random() * 1e6), noise: null }));
  part("unsample").addEventListener("click", () => store.set(AS_ENCODED));
  const sliders = HANDLES.map((handle) => alongBoth((axis) => {
    const slider = part(`${handle}-${axis}`, HTMLInputElement);
    slider.addEventListener("input", () => {
      const values = state.draw[handle];
      const moved = Number(slider.value);
      store.set({ [handle]: alongBoth((each) => (each === axis ? moved : values[each])) });
    });
    return slider;
  }));

  let shelved = ""; // the class and theme of the images on the shelf
  /**
   * The numbers of the images on the shelf.
   * @type {number[]}
   */
  let alike = [];
  store.on(["images", "image", "theme"], () => {
    const { images, image, theme } = state;
    const label = labelOf(image);
    if (shelved === `${label} ${theme}`) return;
    shelved = `${label} ${theme}`;
    classes.value = String(label);
    alike = [...images.labels.keys()].filter((index) => images.labels[index] === label);
    shelf.replaceChildren(...alike.map((index, position) => {
      const button = document.createElement("button");
      button.type = "button";
      button.ariaLabel = `${classes.selectedOptions[0].text}, image ${position + 1}`;
      button.append(thumbnail(pixelsOf({ image: index }, images)));
      button.addEventListener("click", () => choose(index));
      return button;
    }));
  });
  store.on(["images", "image", "drawing", "theme"], () => {
    const { image, drawing } = state;
    alike.forEach((index, position) => {
      shelf.children[position].ariaPressed = String(!drawing && index === image);
    });
    const name = drawing ? "your drawing" : classes.options[labelOf(image)].text;
    part("original").ariaLabel = `Original: ${name}`;
    board.levels = levelsOf(drawing) ?? board.levels.fill(0);
    board.show();
  });

  store.on(["images", "image", "drawing", "subjects", ...HANDLES, "seed", "theme"], () => {
    const pixels = pixelsOf(state, state.images);
    paint(part("original", HTMLCanvasElement), pixels);
    const codes = state.subjects.map((subject) => subject.model.encode(pixels));
    store.set({ codes });
    state.subjects.forEach((subject, index) => {
      const code = codes[index];
      const draw = code.logVariance && posterior(subject.chart, code, state);
      if (draw) store.set({ draw });
      showLoss(subject, code, draw, pixels);
    });
    showHandles();
  });

  /**
   * @param {Subject} subject
   * @param {import("./model.js").Code} code
   * @param {?import("./posterior.js").Draw} draw
   * @param {Float32Array} pixels
   */
  function showLoss({ model }, code, draw, pixels) {
    const rows = { mean: draw?.centre ?? code.mean, sample: draw?.z };
    const sampled = draw && (state.seed || state.noise);
    const kl = draw ? draw.kl : klDivergence(code);
    for (const [row, z] of Object.entries(rows)) {
      if (!z) continue;
      const logits = model.decode(z);
      const losses = crossEntropy(logits, pixels, model.likelihood);
      const values = [sum(losses), kl, sum(losses) + kl].map((value) => number(value, 1));
      if (!draw) values[1] = "\u2013";
      const cells = part(`loss-${model.kind}-${row}`).querySelectorAll("td");
      const unknown = row === "sample" && !sampled;
      cells.forEach((cell, index) => {
        cell.textContent = unknown ? "\u2013" : values[index];
      });
      if (row === (sampled ? "sample" : "mean")) {
        paint(part(`rebuilt-${model.kind}`, HTMLCanvasElement), model.pixels(logits));
        const map = part(`map-${model.kind}`, HTMLCanvasElement);
        paintAmounts(map, losses, MOST);
        map.ariaLabel =
          `Where the loss arises: at most ${number(Math.max(...losses), 1)} nats in a pixel`;
      }
    }
    if (draw) part("rebuilt-from").textContent = sampled ? "from the sample z" : "from the mean \u03bc";
  }

  function showHandles() {
    const { draw } = state;
    HANDLES.forEach((handle, index) => sliders[index].forEach((slider, axis) => {
      slider.value = String(draw[handle][axis]);
      slider.ariaValueText = number(draw[handle][axis]);
    }));
    for (const axis of [0, 1]) {
      const [mean, deviation, noise] = HANDLES.map((handle) => draw[handle][axis]);
      const z = mean + deviation * noise;
      part(`equation-${axis}`).textContent =
        `${number(mean)} + ${number(deviation)} \u00b7 ${number(noise)} = ${number(z)}`;
    }
  }

  store.on(["subjects"], () => {
    for (const { model } of state.subjects) part(`full-${model.kind}`).textContent = String(MOST);
    const [{ chart }] = state.subjects;
    sliders[0].forEach((slider, axis) => {
      slider.min = String(chart.offsets[axis] - 4 * chart.scales[axis]);
      slider.max = String(chart.offsets[axis] + 4 * chart.scales[axis]);
    });
  });

  return {
    /**
     * The marks of the image on a plane: its code, with handles on the VAE's.
     * @param {Subject} subject
     * @returns {import("./plane.js").CodeMarks}
     */
    marks(subject) {
      const code = state.codes[state.subjects.indexOf(subject)];
      if (!isVae(subject)) return { mean: subject.chart.project(code.mean) };
      const { mean, deviation, noise, covariance } = state.draw;
      const at = (/** @type {import("./chart.js").Point} */ ...along) =>
        subject.chart.fromAlong(along);
      return {
        mean: at(...mean),
        covariance,
        handles: {
          mean: at(...mean),
          first: at(mean[0] + deviation[0], mean[1]),
          second: at(mean[0], mean[1] + deviation[1]),
          draw: at(...alongBoth((axis) => mean[axis] + deviation[axis] * noise[axis])),
        },
      };
    },
    /**
     * Move a handle of the code.
     * @param {string} handle
     * @param {import("./chart.js").Point} point
     */
    drag(handle, point) {
      const { mean, deviation } = state.draw;
      const place = state.subjects[0].chart.toAlong(point);
      const from = alongBoth((axis) => place[axis] - mean[axis]);
      if (handle === "mean") store.set({ mean: place });
      else if (handle === "draw") {
        store.set({ noise: alongBoth((axis) => from[axis] / deviation[axis]) });
      } else {
        const axis = handle === "first" ? 0 : 1;
        const changed = Math.max(0.01, Math.abs(from[axis]));
        store.set({ deviation: alongBoth((each) => (each === axis ? changed : deviation[each])) });
      }
    },
  };
}
