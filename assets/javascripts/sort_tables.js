// Sorts a table of metrics by the column whose heading is pressed, and back when pressed again.

const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

// The generator's words; a table says if its page has others.
const WORDS = {
  sorted: "Sorted by {heading}, {order}",
  ascending: "ascending",
  descending: "descending",
  diverged: "diverged",
  decimal_mark: ".",
  thousands_mark: "\u202f",
};

/**
 * The first text of a cell, without a mark of the best value that may follow.
 * @param {HTMLTableRowElement} row
 * @param {number} column
 */
const valueIn = (row, column) => row.cells[column]?.firstChild?.nodeValue ?? "–";

/**
 * Read a number as the pages write it, with a true minus sign and marks between its digits.
 * @param {string} text
 * @param {typeof WORDS} words
 */
const toNumber = (text, words) =>
  Number(text.replaceAll(words.thousands_mark, "").replace(words.decimal_mark, ".")
    .replace("\u2212", "-"));

/**
 * @param {string} one
 * @param {string} other
 * @param {typeof WORDS} words
 */
function compare(one, other, words) {
  const difference = toNumber(one, words) - toNumber(other, words);
  return Number.isNaN(difference) ? collator.compare(one, other) : difference;
}

/**
 * @param {HTMLTableSectionElement} body
 * @param {number} column
 * @param {1 | -1} sign
 * @param {typeof WORDS} words
 */
function sort(body, column, sign, words) {
  const isAbsent = (/** @type {HTMLTableRowElement} */ row) =>
    ["–", words.diverged].includes(valueIn(row, column));
  const rows = [...body.rows];
  const present = rows.filter((row) => !isAbsent(row));
  present.sort((one, other) => sign * compare(valueIn(one, column), valueIn(other, column), words));
  // Rows without a value stand last in either order.
  body.append(...present, ...rows.filter(isAbsent));
}

document.addEventListener("click", ({ target }) => {
  const heading = target instanceof Element && target.closest("th");
  const table = heading && heading.closest("table");
  if (!table || !heading.matches(".metrics__table th:has(> button)")) return;
  const order = heading.ariaSort === "ascending" ? "descending" : "ascending";
  for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", order);
  const status = table.closest(".metrics")?.querySelector("output");
  /** @type {typeof WORDS} */
  const words = { ...WORDS, ...JSON.parse(status?.dataset.words ?? "{}") };
  sort(table.tBodies[0], heading.cellIndex, order === "ascending" ? 1 : -1, words);
  // Announced here, as few screen readers announce a change of aria-sort.
  if (status) {
    status.textContent = words.sorted.replace("{heading}", heading.textContent ?? "")
      .replace("{order}", words[order]);
  }
});
