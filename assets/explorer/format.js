// Numbers as the pages write them.

/**
 * A number with a true minus sign.
 * @param {number} value
 * @param {number} [digits] - The number of decimals.
 */
export function number(value, digits = 2) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
}

/**
 * Coordinates in parentheses.
 * @param {number[]} values
 */
export const coordinates = (values) => `(${values.map((value) => number(value)).join(", ")})`;
