// Control of a plane by mouse, fingers and keys.

import { alongBoth } from "./chart.js";

/** @typedef {import("./chart.js").Point} Point */
/** @typedef {import("./state.js").View} View */

const STEP = 0.1; // standard deviations that an arrow key moves at magnification 1
const HANDLE = 14; // CSS pixels from a handle within which a press holds it
/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
/** @type {Record<string, number>} */
const ZOOM_KEYS = { "+": 1.5, "=": 1.5, "-": 1 / 1.5 };
const MAGNIFICATION = [1 / 16, 64];

/**
 * Magnify a view about a place that stays where it is.
 * @param {View} view
 * @param {number} factor
 * @param {Point} place - The place in (u, v).
 * @returns {View} The new view.
 */
export function zoomed([u, v, magnification], factor, place) {
  const [least, most] = MAGNIFICATION;
  const next = Math.min(most, Math.max(least, magnification * factor));
  const kept = magnification / next;
  return [place[0] + (u - place[0]) * kept, place[1] + (v - place[1]) * kept, next];
}

/**
 * Listen to a reader's mouse, fingers and keys.
 * @param {import("./plane.js").Plane} plane
 * @param {{point: () => Point, look: (point: ?Point) => void, keep: (point: Point) => void,
 *   see: (view: View) => void, drag: (handle: string, place: Point) => void,
 *   pin: () => void}} actions - Functions that return
 *   the kept point, show a point in passing, keep a point, change the view, move a handle, and pin
 *   the point.
 */
export function listen(plane, actions) {
  const { element } = plane;
  /** @type {Map<number, Point>} */
  const pointers = new Map();
  /**
   * The thing that a press holds: a handle's name, or "view".
   * @type {?string}
   */
  let held = null;

  /**
   * @param {MouseEvent} event
   * @returns {Point}
   */
  const placeOf = (event) => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left - element.clientLeft,
      event.clientY - box.top - element.clientTop];
  };
  const pointOf = (/** @type {MouseEvent} */ event) => plane.fromScreen(placeOf(event));
  const pan = (/** @type {Point} */ from, /** @type {Point} */ to) => {
    const [[fromU, fromV], [toU, toV]] = [plane.fromScreen(from), plane.fromScreen(to)];
    const [u, v, magnification] = plane.settings.view;
    actions.see([u + fromU - toU, v + fromV - toV, magnification]);
  };
  const handleAt = (/** @type {Point} */ place) => {
    const [nearest] = Object.entries(plane.marks.code?.handles ?? {})
      .map(([name, point]) => {
        const [x, y] = plane.toScreen(point);
        return { name, distance: Math.hypot(x - place[0], y - place[1]) };
      })
      .sort((one, other) => one.distance - other.distance);
    return nearest?.distance < HANDLE ? nearest.name : null;
  };

  /**
   * @param {number} id - The finger that moved.
   * @param {Point} before
   * @param {Point} place
   */
  const pinch = (id, before, place) => {
    const [other] = [...pointers].filter(([key]) => key !== id).map(([, kept]) => kept);
    const gap = (/** @type {Point} */ one) =>
      Math.max(1, Math.hypot(one[0] - other[0], one[1] - other[1]));
    const middle = (/** @type {Point} */ one) => alongBoth((axis) => (one[axis] + other[axis]) / 2);
    const view = zoomed(plane.settings.view, gap(place) / gap(before),
      plane.fromScreen(middle(before)));
    const moved = alongBoth((axis) => middle(place)[axis] - middle(before)[axis]);
    const [origin, shift] = [plane.fromScreen([0, 0]), plane.fromScreen(moved)];
    const scale = plane.settings.view[2] / view[2];
    actions.see([view[0] + (origin[0] - shift[0]) * scale, view[1] + (origin[1] - shift[1]) * scale,
      view[2]]);
  };

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, placeOf(event));
    if (pointers.size > 1) return;
    held = event.shiftKey ? "view" : handleAt(placeOf(event));
    if (!held) actions.keep(pointOf(event));
  });
  element.addEventListener("pointermove", (event) => {
    const place = placeOf(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (pointers.size < 2) actions.look(pointOf(event));
    } else if (pointers.size > 1) pinch(event.pointerId, before, place);
    else if (held === "view") pan(before, place);
    else if (held) actions.drag(held, pointOf(event));
    else actions.keep(pointOf(event));
    if (before) pointers.set(event.pointerId, place);
  });
  const lift = (/** @type {PointerEvent} */ event) => pointers.delete(event.pointerId);
  element.addEventListener("pointerup", lift);
  element.addEventListener("pointercancel", lift);
  element.addEventListener("pointerleave", () => actions.look(null));
  element.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    actions.see(zoomed(plane.settings.view, Math.exp(-event.deltaY / 200), pointOf(event)));
  }, { passive: false });

  element.addEventListener("keydown", (event) => {
    const { view } = plane.settings;
    const point = actions.point();
    if (event.key in ARROWS) {
      const step = (STEP / view[2]) * (event.shiftKey ? 5 : 1);
      const moved = alongBoth((axis) => point[axis] + step * ARROWS[event.key][axis]);
      actions.keep(moved);
      const margin = plane.size / 2;
      const off = plane.toScreen(moved).map((value) => Math.abs(value - margin) > margin);
      if (off.includes(true)) actions.see([...moved, view[2]]);
    } else if (event.key in ZOOM_KEYS) {
      actions.see(zoomed(view, ZOOM_KEYS[event.key], point));
    } else if (event.key === "Home") {
      actions.keep([0, 0]);
      actions.see([0, 0, 1]);
    } else if (event.key === "Enter") {
      actions.pin();
    } else {
      return;
    }
    event.preventDefault();
  });
}
