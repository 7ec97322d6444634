// Frames that a test lets pass one by one, where a browser would show them.

let waiting = new Map();
let handles = 0;

globalThis.requestAnimationFrame = (callback) => {
  waiting.set(++handles, callback);
  return handles;
};
globalThis.cancelAnimationFrame = (handle) => waiting.delete(handle);

/** Let a frame pass; false where nothing waited for one. */
export function frame() {
  const due = [...waiting.values()];
  waiting = new Map();
  due.forEach((callback) => callback(performance.now()));
  return due.length > 0;
}
