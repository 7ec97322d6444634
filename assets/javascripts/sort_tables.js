// Sorts a table of metrics by the column whose heading is pressed, and back when pressed again.

const ABSENT = new Set([undefined, "–", "diverged"]);
const collator = new Intl.Collator("en", { numeric: true });

// The first text of a cell alone: what may follow marks the best value.
const valueIn = (row, column) => row.cells[column]?.firstChild.data;

// As the pages write numbers: thin spaces between groups of digits, a true minus sign.
const toNumber = (text) => Number(text.replaceAll("\u202f", "").replace("\u2212", "-"));

function compare(one, other) {
  const difference = toNumber(one) - toNumber(other);
  return Number.isNaN(difference) ? collator.compare(one, other) : difference;
}

function sort(body, column, sign) {
  const isAbsent = (row) => ABSENT.has(valueIn(row, column));
  const rows = [...body.rows];
  const present = rows.filter((row) => !isAbsent(row));
  present.sort((one, other) => sign * compare(valueIn(one, column), valueIn(other, column)));
  // What has no value stands last, whichever way the others run.
  body.append(...present, ...rows.filter(isAbsent));
}

document.addEventListener("click", ({ target }) => {
  const heading = target.closest(".metrics__table th:has(> button)");
  if (!heading) return;
  const order = heading.ariaSort === "ascending" ? "descending" : "ascending";
  for (const sibling of heading.parentElement.cells) sibling.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", order);
  sort(heading.closest("table").tBodies[0], heading.cellIndex, order === "ascending" ? 1 : -1);
  // Few screen readers announce a change of aria-sort.
  const status = heading.closest(".metrics").querySelector(".metrics__status");
  status.textContent = `Sorted by ${heading.textContent}, ${order}`;
});
