// Sorts a table of metrics by the column whose heading is pressed, and back when pressed again.

const ABSENT = new Set(["–", "diverged"]);
const collator = new Intl.Collator("en", { numeric: true });

/**
 * The first text of a cell alone: what may follow marks the best value.
 * @param {HTMLTableRowElement} row
 * @param {number} column
 */
const valueIn = (row, column) => row.cells[column]?.firstChild?.nodeValue ?? "–";

/**
 * Read a number as the pages write it: thin spaces between groups of digits, a true minus sign.
 * @param {string} text
 */
const toNumber = (text) => Number(text.replaceAll("\u202f", "").replace("\u2212", "-"));

/**
 * @param {string} one
 * @param {string} other
 */
function compare(one, other) {
  const difference = toNumber(one) - toNumber(other);
  return Number.isNaN(difference) ? collator.compare(one, other) : difference;
}

/**
 * @param {HTMLTableSectionElement} body
 * @param {number} column
 * @param {1 | -1} sign
 */
function sort(body, column, sign) {
  const isAbsent = (/** @type {HTMLTableRowElement} */ row) => ABSENT.has(valueIn(row, column));
  const rows = [...body.rows];
  const present = rows.filter((row) => !isAbsent(row));
  present.sort((one, other) => sign * compare(valueIn(one, column), valueIn(other, column)));
  // What has no value stands last, whichever way the others run.
  body.append(...present, ...rows.filter(isAbsent));
}

document.addEventListener("click", ({ target }) => {
  const heading = target instanceof Element && target.closest("th");
  const table = heading && heading.closest("table");
  if (!table || !heading.matches(".metrics__table th:has(> button)")) return;
  const order = heading.ariaSort === "ascending" ? "descending" : "ascending";
  for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", order);
  sort(table.tBodies[0], heading.cellIndex, order === "ascending" ? 1 : -1);
  // Few screen readers announce a change of aria-sort.
  const status = table.closest(".metrics")?.querySelector(".metrics__status");
  if (status) status.textContent = `Sorted by ${heading.textContent}, ${order}`;
});
