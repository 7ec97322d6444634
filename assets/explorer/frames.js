// Work spread over frames, so that none of them waits for it.

const BUDGET = 8; // milliseconds of a frame

/**
 * Run a generator to its end, a few steps a frame.
 * @template T
 * @param {Iterator<unknown, T>} steps - short ones.
 * @param {(result?: T) => void} shown - called after the steps of each frame, in the end with what
 *   the generator returns, before that with undefined.
 * @returns {() => void} that stops it.
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
