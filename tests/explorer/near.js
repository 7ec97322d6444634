import assert from "node:assert/strict";

/**
 * Assert that lists of numbers agree.
 * @param {Iterable<number>} found
 * @param {Iterable<number>} expected
 * @param {number} [tolerance] - absolute.
 */
export function near(found, expected, tolerance = 1e-6) {
  const [one, other] = [[...found], [...expected]];
  const apart = one.length !== other.length
    || one.some((value, index) => !(Math.abs(value - other[index]) <= tolerance));
  assert.ok(!apart, `[${one}] is not [${other}]`);
}
