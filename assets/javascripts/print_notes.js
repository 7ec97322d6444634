// Gives each link on paper a numbered note with its address at the end of its section. Links to
// places on the paper itself need none, nor do those whose text names their address, as in a
// bibliography.

const UNNOTED = [
  "[href^='#']",
  "[download]",
  ".verdict",
  ...[".explorer", ".plot__picture", ".plot__sources", ".references"].map((part) => `${part} *`),
];
const NOTED = `a[href]:not(${UNNOTED.join(", ")})`;

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} text
 */
function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function annotate() {
  const article = document.querySelector("article");
  if (!article) return;
  /** @type {?HTMLLinkElement} */
  const canonical = document.querySelector("link[rel=canonical]");
  const here = canonical?.href ?? location.href;
  let count = 0;
  /** @type {?HTMLElement} */
  let list = null;
  /** @type {Map<string, string>} */
  let numbers = new Map();
  for (const block of [...article.children]) {
    if (block.matches("h2") && list) {
      block.before(list);
      list = null;
      numbers = new Map();
    }
    for (const link of block.querySelectorAll(NOTED)) {
      const address = new URL(link.getAttribute("href") ?? "", here).href;
      if (link.textContent.includes(address)) continue;
      const number = numbers.get(address) ?? String(++count);
      if (!numbers.has(address)) {
        numbers.set(address, number);
        const note = element("li", "", ` ${address}`);
        note.prepend(element("sup", "", number));
        list ??= element("ul", "notes", "");
        list.append(note);
      }
      link.after(element("sup", "note", number));
    }
  }
  if (list) article.append(list);
}

window.addEventListener("beforeprint", annotate);
window.addEventListener("afterprint", () => {
  for (const added of document.querySelectorAll(".notes, .note")) added.remove();
});
