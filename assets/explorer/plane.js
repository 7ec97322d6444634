// A latent plane: layers, which change with the view, and marks above them, which change with every
// move.

import { alongBoth, ellipse } from "./chart.js";
import { density } from "./density.js";
import { spread } from "./frames.js";
import { pen } from "./parts.js";
import { theme, veil } from "./picture.js";

/**
 * @typedef {import("./chart.js").Point} Point
 * @typedef {import("./subject.js").Subject} Subject
 * @typedef {ReturnType<typeof theme>} Colours
 *
 * @typedef {object} CodeMarks - The marks of a code.
 * @property {Point} mean
 * @property {import("./chart.js").Covariance} [covariance]
 * @property {Record<string, Point>} [handles]
 *
 * @typedef {object} Marks - The marks on a plane, in (u, v).
 * @property {Point} [point]
 * @property {?CodeMarks} [code]
 * @property {Point[]} [path]
 * @property {Point[]} [stops]
 * @property {?Point} [walker]
 */

const REACH = 3.2; // standard deviations from the middle to an edge at magnification 1
const THUMBNAIL = 28; // CSS pixels on a side of the smallest one
const TICK = 56; // the least number of CSS pixels between two

/**
 * The smallest power of two that spans a number of CSS pixels, so that steps halve as one zooms.
 * @param {number} pixels
 * @param {number} unit
 */
const step = (pixels, unit) => 2 ** Math.ceil(Math.log2(pixels / unit));

export class Plane {
  /** @type {CanvasRenderingContext2D} */
  #base;
  /** @type {CanvasRenderingContext2D} */
  #front;
  /** @type {?{subject: Subject, square: Plane["square"], canvas: HTMLCanvasElement}} */
  #veil = null;
  #stopDensity = () => {};
  #stopLattice = () => {};

  /** @param {HTMLElement} element - The element that holds two canvases, one above the other. */
  constructor(element) {
    this.element = element;
    [this.#base, this.#front] = [...element.querySelectorAll("canvas")].map(pen);
    /** @type {?Subject} */
    this.subject = null;
    /** @type {Pick<import("./state.js").Settings, "view" | "show" | "hide">} */
    this.settings = { view: [0, 0, 1], show: [], hide: [] };
    /** @type {Marks} */
    this.marks = {};
    new ResizeObserver(() => {
      for (const { canvas } of [this.#base, this.#front]) {
        canvas.width = canvas.height = Math.round(this.size * devicePixelRatio);
      }
      this.drawLayers();
      this.drawMarks();
    }).observe(element);
  }

  /** Length of a side, in CSS pixels. */
  get size() {
    return this.element.clientWidth;
  }

  /** CSS pixels of a standard deviation. */
  get #unit() {
    return (this.size * this.settings.view[2]) / (2 * REACH);
  }

  /** The part of the plane that is in view. */
  get square() {
    const [u, v, magnification] = this.settings.view;
    const reach = REACH / magnification;
    return { left: u - reach, top: v + reach, width: 2 * reach };
  }

  /**
   * The place of (u, v), in CSS pixels from the upper left corner.
   * @param {Point} point
   * @returns {Point}
   */
  toScreen([u, v]) {
    const { left, top } = this.square;
    return [(u - left) * this.#unit, (top - v) * this.#unit];
  }

  /**
   * The (u, v) of a place in CSS pixels.
   * @param {Point} place
   * @returns {Point}
   */
  fromScreen([x, y]) {
    const { left, top } = this.square;
    return [left + x / this.#unit, top - y / this.#unit];
  }

  /**
   * Show a part of a subject's plane.
   * @param {Subject} subject
   * @param {Plane["settings"]} settings - The settings of the state, which may change.
   */
  show(subject, settings) {
    this.subject = subject;
    this.settings = settings;
    this.#stopDensity();
    this.#stopLattice();
    if (settings.show.includes("lattice")) {
      this.#stopLattice = spread(subject.decodeAll(this.#lattice()), () => this.drawLayers());
    }
    if (settings.show.includes("density")) {
      const square = this.square;
      const steps = density(subject.points, subject.covariances, square);
      this.#stopDensity = spread(steps, (shares) => {
        if (!shares) return;
        this.#veil = { subject, square, canvas: veil(shares) };
        this.drawLayers();
      });
    }
    this.drawLayers();
  }

  // The centres of the thumbnails in view, in (u, v), from the plane's middle outwards.
  #lattice() {
    const { left, top, width } = this.square;
    const side = step(THUMBNAIL, this.#unit);
    /** @type {Point[]} */
    const middles = [];
    for (let u = (Math.floor(left / side) + 0.5) * side; u < left + width + side / 2; u += side) {
      for (let v = (Math.ceil(top / side) - 0.5) * side; v > top - width - side / 2; v -= side) {
        middles.push([u, v]);
      }
    }
    const [u, v] = this.settings.view;
    const distance = (/** @type {Point} */ middle) => Math.hypot(middle[0] - u, middle[1] - v);
    return middles.sort((one, other) => distance(one) - distance(other));
  }

  /** @param {CanvasRenderingContext2D} context */
  #clear(context) {
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.size, this.size);
  }

  /** Draw the layers below the marks. */
  drawLayers() {
    if (!this.subject) return;
    const { subject } = this;
    const { show, hide } = this.settings;
    const context = this.#base;
    const colours = theme();
    this.#clear(context);
    context.imageSmoothingEnabled = true;
    if (show.includes("density") && this.#veil?.subject === subject) {
      const { square, canvas } = this.#veil;
      const side = square.width * this.#unit;
      context.drawImage(canvas, ...this.toScreen([square.left, square.top]), side, side);
    }
    if (show.includes("lattice")) this.#drawLattice(context, subject);
    this.#drawTicks(context, colours);
    if (show.includes("points")) this.#drawPoints(context, subject, hide, colours);
    if (show.includes("prior")) this.#drawPrior(context, subject.chart, colours);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Subject} subject
   * @param {number[]} hide
   * @param {Colours} colours
   */
  #drawPoints(context, { points, labels }, hide, colours) {
    const radius = Math.min(4, 1.6 * Math.sqrt(this.settings.view[2]));
    const { left, top } = this.square;
    const unit = this.#unit;
    // All points of a class are one shape, as filling takes most of the time.
    /** @type {Map<number, Path2D>} */
    const shapes = new Map();
    points.forEach(([u, v], index) => {
      const label = labels[index];
      if (hide.includes(label)) return;
      const shape = shapes.get(label) ?? new Path2D();
      shapes.set(label, shape);
      const [x, y] = [(u - left) * unit, (top - v) * unit];
      shape.moveTo(x + radius, y);
      shape.arc(x, y, radius, 0, 2 * Math.PI);
    });
    for (const [label, shape] of shapes) {
      context.fillStyle = colours.classes[label % colours.classes.length];
      context.fill(shape);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Subject} subject
   */
  #drawLattice(context, subject) {
    const side = step(THUMBNAIL, this.#unit);
    const width = side * this.#unit;
    for (const [u, v] of this.#lattice()) {
      const canvas = subject.ready([u, v]);
      const corner = this.toScreen([u - side / 2, v + side / 2]);
      // A raster of few pixels shows them, and does not blur.
      context.imageSmoothingEnabled = (canvas?.width ?? 0) >= THUMBNAIL;
      if (canvas) context.drawImage(canvas, ...corner, width - 1, width - 1);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Colours} colours
   */
  #drawTicks(context, colours) {
    const { left, top, width } = this.square;
    const distance = step(TICK, this.#unit);
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    context.font = "11px system-ui";
    /**
     * @param {string} value
     * @param {number} x
     * @param {number} y
     * @param {CanvasTextAlign} align
     * @param {CanvasTextBaseline} baseline
     */
    const label = (value, x, y, align, baseline) => {
      context.textAlign = align;
      context.textBaseline = baseline;
      context.lineWidth = 3;
      context.strokeStyle = colours.paper;
      context.strokeText(value, x, y);
      context.fillStyle = colours.quiet;
      context.fillText(value, x, y);
    };
    const written = (/** @type {number} */ value) => String(value).replace("-", "\u2212");
    const [x0, y0] = this.toScreen([0, 0]);
    context.beginPath();
    context.moveTo(x0, 0);
    context.lineTo(x0, this.size);
    context.moveTo(0, y0);
    context.lineTo(this.size, y0);
    context.stroke();
    for (let u = Math.ceil(left / distance) * distance; u < left + width; u += distance) {
      const [x] = this.toScreen([u, 0]);
      if (x > 24 && x < this.size - 12) label(written(u), x, this.size - 3, "center", "bottom");
    }
    for (let v = Math.ceil((top - width) / distance) * distance; v < top; v += distance) {
      const [, y] = this.toScreen([0, v]);
      if (y > 12 && y < this.size - 24) label(written(v), 3, y, "left", "middle");
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import("./chart.js").Chart} chart
   * @param {Colours} colours
   */
  #drawPrior(context, chart, colours) {
    for (const radius of [1, 2, 3]) {
      const [a, b] = alongBoth((axis) => (radius / chart.scales[axis]) * this.#unit);
      this.#outline(context, colours.ink, 1.5, () =>
        context.ellipse(...this.toScreen(chart.origin), a, b, 0, 0, 2 * Math.PI), [5, 3]);
    }
  }

  /**
   * A line that stands out from whatever lies beneath it.
   * @param {CanvasRenderingContext2D} context
   * @param {string} colour
   * @param {number} width
   * @param {() => void} trace
   * @param {number[]} [dash]
   */
  #outline(context, colour, width, trace, dash = []) {
    context.beginPath();
    trace();
    context.setLineDash([]);
    context.strokeStyle = theme().paper;
    context.lineWidth = width + 2.5;
    context.stroke();
    context.setLineDash(dash);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
    context.setLineDash([]);
  }

  /** Draw the marks. */
  drawMarks() {
    if (!this.subject) return;
    const { point, code, path = [], stops = [], walker } = this.marks;
    const context = this.#front;
    const { ink, paper, accent, warning } = theme();
    this.#clear(context);
    this.#outline(context, ink, 2, () =>
      path.forEach((place) => context.lineTo(...this.toScreen(place))));
    stops.forEach((stop, index) => {
      const [x, y] = this.toScreen(stop);
      this.#disc(context, stop, 9, ink);
      context.fillStyle = paper;
      context.font = "600 11px system-ui";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(String(index + 1), x, y + 0.5);
    });
    if (walker) this.#disc(context, walker, 6, warning);
    if (code) this.#drawCode(context, code, accent);
    if (point) {
      const [x, y] = this.toScreen(point);
      this.#outline(context, ink, 2, () => {
        context.moveTo(x + 7, y);
        context.arc(x, y, 7, 0, 2 * Math.PI);
        for (const [dx, dy] of [[1, 0], [0, 1], [-1, 0], [0, -1]]) {
          context.moveTo(x + 4 * dx, y + 4 * dy);
          context.lineTo(x + 12 * dx, y + 12 * dy);
        }
      });
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Point} place
   * @param {number} radius
   * @param {string} colour
   */
  #disc(context, place, radius, colour) {
    this.#knob(context, colour, () =>
      context.arc(...this.toScreen(place), radius, 0, 2 * Math.PI));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {string} colour
   * @param {() => void} trace
   */
  #knob(context, colour, trace) {
    context.beginPath();
    trace();
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = theme().paper;
    context.stroke();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {CodeMarks} marks
   * @param {string} colour
   */
  #drawCode(context, { mean, covariance, handles = {} }, colour) {
    const centre = this.toScreen(mean);
    if (covariance) {
      const { radii, angle } = ellipse(covariance);
      for (const deviations of [1, 2]) {
        const [a, b] = radii.map((radius) => radius * deviations * this.#unit);
        this.#outline(context, colour, 2, () =>
          context.ellipse(...centre, a, b, -angle, 0, 2 * Math.PI));
      }
    }
    const { draw, ...edges } = handles;
    for (const place of Object.values(edges).map((edge) => this.toScreen(edge))) {
      this.#knob(context, colour, () => context.rect(place[0] - 5, place[1] - 5, 10, 10));
    }
    const [x, y] = centre;
    this.#outline(context, colour, 2, () => {
      for (const [dx, dy] of [[0, -6], [6, 0], [0, 6], [-6, 0], [0, -6]]) {
        context.lineTo(x + dx, y + dy);
      }
    });
    if (draw) {
      this.#outline(context, colour, 1.5, () => {
        context.moveTo(...centre);
        context.lineTo(...this.toScreen(draw));
      }, [3, 3]);
      this.#disc(context, draw, 5, colour);
    }
  }
}
