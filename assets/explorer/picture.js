// Square images on canvases, in the colours of the theme in force.

import { found, pen } from "./parts.js";

/** @type {ReturnType<typeof readTheme> | undefined} */
let colours;

/** Colours by name, as CSS writes them. */
export function theme() {
  colours ??= readTheme();
  return colours;
}

function readTheme() {
  const style = getComputedStyle(found(document, ".explorer", HTMLElement));
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: colour("report-paper"),
    ink: colour("report-ink"),
    quiet: colour("report-quiet"),
    line: colour("report-line"),
    accent: colour("report-accent"),
    warning: colour("report-warning"),
    classes: Array.from({ length: 10 }, (_, index) => colour(`class-${index}`)),
    // Items are dark on the light page, as in the figures.
    inverted: document.body.dataset.mdColorScheme !== "slate",
  };
}

/**
 * Call a function whenever the reader switches between light and dark.
 * @param {() => void} changed
 */
export function onTheme(changed) {
  new MutationObserver(() => {
    colours = undefined;
    changed();
  }).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
}

/**
 * Red, green and blue, from 0 to 255, of a colour "#rrggbb".
 * @param {string} colour
 */
const channels = (colour) => [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} left
 * @param {number} pixels - The number of pixels.
 * @param {(index: number) => number[]} colourOf
 */
function put(canvas, left, pixels, colourOf) {
  const context = pen(canvas);
  const side = Math.sqrt(pixels);
  const image = context.createImageData(side, side);
  for (let index = 0; index < pixels; index++) image.data.set(colourOf(index), 4 * index);
  context.putImageData(image, left, 0);
}

/**
 * Paint an image.
 * @param {HTMLCanvasElement} canvas - A canvas as high as the image.
 * @param {ArrayLike<number>} pixels - The pixels, [side²], from 0 to 1, row by row.
 * @param {number} left - The column at which the image begins.
 */
export function paint(canvas, pixels, left = 0) {
  const { inverted } = theme();
  put(canvas, left, pixels.length, (index) => {
    const grey = 255 * (inverted ? 1 - pixels[index] : pixels[index]);
    return [grey, grey, grey, 255];
  });
}

/**
 * Paint a map of amounts, larger ones in a stronger colour.
 * @param {HTMLCanvasElement} canvas - A canvas as large as the map.
 * @param {ArrayLike<number>} amounts - The amounts, [side²].
 * @param {number} most - The amount in full colour.
 */
export function paintAmounts(canvas, amounts, most) {
  const colour = channels(theme().warning);
  put(canvas, 0, amounts.length, (index) => [...colour, 255 * Math.min(1, Math.max(0, amounts[index] / most))]);
}

/**
 * A canvas of its own for one image.
 * @param {ArrayLike<number>} pixels - The pixels from 0 to 1.
 */
export function thumbnail(pixels) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.sqrt(pixels.length);
  paint(canvas, pixels);
  return canvas;
}

/**
 * Make a veil in the accent's colour over what lies beneath it.
 * @param {Float32Array} shares - The strength of the veil, [side²], from 0 to 1, row by row.
 * @returns {HTMLCanvasElement}
 */
export function veil(shares) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.sqrt(shares.length);
  const context = pen(canvas);
  const image = context.createImageData(canvas.width, canvas.height);
  const colour = channels(theme().accent);
  shares.forEach((share, index) => image.data.set([...colour, 200 * share], 4 * index));
  context.putImageData(image, 0, 0);
  return canvas;
}
