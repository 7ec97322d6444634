// Work spread over frames, so that none of them waits for it.

const BUDGET = 8; // milliseconds per frame

/**
 * Run a generator to its end, a few steps a frame.
 * @template T
 * @param {Iterator<unknown, T>} steps - Short steps.
 * @param {(result?: T) => void} shown - A function called after the steps of each frame, at the end
 *   with the result of the generator, before that with undefined.
 * @returns {() => void} A function that stops it.
 */
export function spread(steps, shown) {
  let handle = requestAnimationFrame(function frame() {
    const end = performance.now() + BUDGET;
    let step;
    do step = steps.next();
    while (!step.done && performance.now() < end);
    if (!step.done) handle = requestAnimationFrame(frame);
    shown(step.done ? step.value : undefined);
  });
  return () => cancelAnimationFrame(handle);
}
