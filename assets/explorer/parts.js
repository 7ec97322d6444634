// The parts of a page, by the names that its template gives them.

/** @typedef {ReturnType<typeof partsOf>} Part */

/**
 * Make a function that finds a part within an element.
 * @param {ParentNode} root
 */
export function partsOf(root) {
  /**
   * @overload
   * @param {string} name
   * @returns {HTMLElement}
   */
  /**
   * @template {Element} Kind
   * @overload
   * @param {string} name
   * @param {new () => Kind} kind - The class of the part.
   * @returns {Kind}
   */
  /**
   * @param {string} name
   * @param {new () => Element} [kind]
   */
  function part(name, kind = HTMLElement) {
    return found(root, `[data-part="${name}"]`, kind);
  }
  return part;
}

/**
 * Find the first element that fits a selector.
 * @template {Element} Kind
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} kind - The class of the element.
 */
export function found(root, selector, kind) {
  const element = root.querySelector(selector);
  if (!(element instanceof kind)) throw new TypeError(`The page has no ${kind.name} ${selector}.`);
  return element;
}

/**
 * The context that draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 */
export function pen(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new TypeError("This browser draws on no canvas.");
  return context;
}
