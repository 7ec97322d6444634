// The state of a page, and what follows from it.

import { eachFrame } from "./frames.js";

export class Store {
  #effects = [];
  #changed = new Set();
  #flush = eachFrame(() => {
    for (const { keys, effect } of this.#effects) {
      if (keys.some((key) => this.#changed.has(key))) effect(this.state);
    }
    this.#changed.clear();
  });

  constructor(state) {
    this.state = state;
  }

  /**
   * Call a function in the frame after one of these keys was set. Functions are called in the order
   * in which they came; what one of them sets, those behind it see in the same frame.
   */
  on(keys, effect) {
    this.#effects.push({ keys, effect });
  }

  set(values) {
    Object.assign(this.state, values);
    Object.keys(values).forEach((key) => this.#changed.add(key));
    this.#flush();
  }
}
