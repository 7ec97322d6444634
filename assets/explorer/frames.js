// Work spread over frames, so that none of them waits for it.

const BUDGET = 8; // milliseconds of a frame

/**
 * Run a generator to its end, a few steps a frame.
 * @param {Iterator} steps - short ones.
 * @param {(result: any) => void} shown - called after the steps of each frame, in the end with what
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
    shown(step.value);
  });
  return () => cancelAnimationFrame(handle);
}
