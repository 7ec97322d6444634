// What mouse, fingers and keys do to a plane.

const STEP = 0.1; // of an arrow key, in standard deviations at magnification 1
const HANDLE = 14; // CSS pixels from a handle within which a press takes hold of it
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const ZOOM_KEYS = { "+": 1.5, "=": 1.5, "-": 1 / 1.5 };
const MAGNIFICATION = [1 / 16, 64];

/**
 * Magnify a view about a place that stays where it is.
 * @param {number[]} view - middle in (u, v), and magnification.
 * @param {number} factor
 * @param {[number, number]} place - in (u, v).
 * @returns {number[]} the new view.
 */
export function zoomed([u, v, magnification], factor, place) {
  const [least, most] = MAGNIFICATION;
  const next = Math.min(most, Math.max(least, magnification * factor));
  const kept = magnification / next;
  return [place[0] + (u - place[0]) * kept, place[1] + (v - place[1]) * kept, next];
}

/**
 * Listen to a reader's hands.
 * @param {import("./plane.js").Plane} plane
 * @param {{point: () => number[], look: (point: ?number[]) => void,
 *   keep: (point: number[]) => void, see: (view: number[]) => void,
 *   drag: (handle: string, place: number[]) => void, pin: () => void}} actions - the point that is
 *   kept; to look at a point while passing; to keep one; to change the view; to move a handle; to
 *   pin the point.
 */
export function listen(plane, actions) {
  const { element } = plane;
  const pointers = new Map();
  let held = null; // what a press took hold of: a handle's name, or "view"

  const placeOf = (event) => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left - element.clientLeft,
      event.clientY - box.top - element.clientTop];
  };
  const pointOf = (event) => plane.fromScreen(placeOf(event));
  const pan = (from, to) => {
    const [[fromU, fromV], [toU, toV]] = [from, to].map((place) => plane.fromScreen(place));
    const [u, v, magnification] = plane.settings.view;
    actions.see([u + fromU - toU, v + fromV - toV, magnification]);
  };
  const handleAt = (place) => {
    const distance = (point) => {
      const [x, y] = plane.toScreen(point);
      return Math.hypot(x - place[0], y - place[1]);
    };
    const [nearest] = Object.entries(plane.marks.code?.handles ?? {})
      .map(([name, point]) => [name, distance(point)])
      .sort((one, other) => one[1] - other[1]);
    return nearest && nearest[1] < HANDLE ? nearest[0] : null;
  };

  const pinch = (id, place) => {
    const [other] = [...pointers].filter(([key]) => key !== id).map(([, kept]) => kept);
    const before = pointers.get(id);
    const gap = (one) => Math.max(1, Math.hypot(one[0] - other[0], one[1] - other[1]));
    const middle = (one) => [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
    const view = zoomed(plane.settings.view, gap(place) / gap(before),
      plane.fromScreen(middle(before)));
    const [dx, dy] = middle(place).map((value, axis) => value - middle(before)[axis]);
    const [origin, shift] = [plane.fromScreen([0, 0]), plane.fromScreen([dx, dy])];
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
    if (pointers.size > 1) pinch(event.pointerId, place);
    else if (!before) actions.look(pointOf(event));
    else if (held === "view") pan(before, place);
    else if (held) actions.drag(held, pointOf(event));
    else actions.keep(pointOf(event));
    if (before) pointers.set(event.pointerId, place);
  });
  for (const type of ["pointerup", "pointercancel"]) {
    element.addEventListener(type, (event) => pointers.delete(event.pointerId));
  }
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
      const moved = point.map((value, axis) => value + step * ARROWS[event.key][axis]);
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
