// Numbers as the pages write them.

/** A number with a true minus sign. */
export function number(value, digits = 2) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
}

/** Coordinates in parentheses. */
export const coordinates = (values) => `(${values.map((value) => number(value)).join(", ")})`;
