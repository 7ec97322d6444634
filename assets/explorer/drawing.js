// A board to draw on, with as many pixels as an image.

import { alongBoth } from "./chart.js";
import { found } from "./parts.js";
import { paint } from "./picture.js";
import { BLACK } from "./state.js";

/**
 * Pixels from the brush's middle to the place where it fades out, by the board's side in pixels.
 * @param {number} side
 */
const brush = (side) => Math.max(1.2, 1.7 * (side / 28));

/** @type {Record<string, import("./chart.js").Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class DrawingBoard {
  #canvas;
  /** @type {import("./chart.js").Point} */
  #cursor;
  #marker;
  /** @type {?import("./chart.js").Point} */
  #last = null;

  /**
   * @param {HTMLElement} element - The element with the focus, a canvas and a cursor.
   * @param {{changed: (levels: Uint8Array) => void, moved: (column: number, row: number) => void}}
   *   listeners - Functions for strokes, and for moves of the keyboard's cursor, from 1.
   */
  constructor(element, { changed, moved }) {
    this.erasing = false;
    this.#canvas = found(element, "canvas", HTMLCanvasElement);
    const side = this.#canvas.width;
    /** @type {Uint8Array} */
    this.levels = new Uint8Array(side ** 2);
    this.#cursor = alongBoth(() => Math.floor((side - 1) / 2));
    this.#marker = found(element, "span", HTMLElement);
    /**
     * @param {PointerEvent} event
     * @returns {import("./chart.js").Point}
     */
    const placeOf = (event) => {
      const box = this.#canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width * side - 0.5,
        (event.clientY - box.top) / box.height * side - 0.5];
    };
    const stroke = (/** @type {import("./chart.js").Point[]} */ places) => {
      places.forEach((place) => this.#stroke(place));
      this.show();
      changed(this.levels);
    };

    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      this.#last = null;
      stroke([placeOf(event)]);
    });
    element.addEventListener("pointermove", (event) => {
      if (!element.hasPointerCapture(event.pointerId)) return;
      stroke(event.getCoalescedEvents().map(placeOf));
    });
    element.addEventListener("keydown", (event) => {
      if (event.key === " ") {
        this.#last = null;
        stroke([this.#cursor]);
      } else if (event.key in ARROWS) {
        this.#cursor = alongBoth((axis) =>
          Math.min(side - 1, Math.max(0, this.#cursor[axis] + ARROWS[event.key][axis])));
        if (event.shiftKey) stroke([this.#cursor]);
        else this.#last = null;
        this.#place();
        moved(this.#cursor[0] + 1, this.#cursor[1] + 1);
      } else {
        return;
      }
      event.preventDefault();
    });
    this.#place();
  }

  /** Show the drawing, in the colours of the theme in force. */
  show() {
    paint(this.#canvas, Array.from(this.levels, (level) => level / BLACK));
  }

  #place() {
    const [column, row] = this.#cursor;
    this.#marker.style.left = `${(column / this.#canvas.width) * 100}%`;
    this.#marker.style.top = `${(row / this.#canvas.width) * 100}%`;
  }

  /**
   * Draw from the previous place, in steps too small to leave gaps.
   * @param {import("./chart.js").Point} place
   */
  #stroke(place) {
    const from = this.#last ?? place;
    this.#last = place;
    const steps = Math.ceil(2 * Math.hypot(place[0] - from[0], place[1] - from[1])) || 1;
    for (let step = 1; step <= steps; step++) {
      const share = step / steps;
      this.#dab(...alongBoth((axis) => from[axis] + (place[axis] - from[axis]) * share));
    }
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #dab(x, y) {
    const side = this.#canvas.width;
    const reach = brush(side);
    for (let row = Math.floor(y - reach); row <= Math.ceil(y + reach); row++) {
      for (let column = Math.floor(x - reach); column <= Math.ceil(x + reach); column++) {
        if (row < 0 || column < 0 || row >= side || column >= side) continue;
        const cover = Math.min(1, Math.max(0, reach - Math.hypot(column - x, row - y)));
        const level = Math.round(BLACK * cover);
        const index = row * side + column;
        this.levels[index] = this.erasing
          ? Math.min(this.levels[index], BLACK - level)
          : Math.max(this.levels[index], level);
      }
    }
  }
}
