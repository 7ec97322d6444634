// The state of a page, and what follows from it.

import { spread } from "./frames.js";

export class Store {
  #effects = [];
  #changed = new Set();
  #running = false;
  #inside = null; // what has changed for the effects still to come, while one of them runs

  constructor(state) {
    this.state = state;
  }

  /**
   * Call a function in the frame after one of these keys was set. Functions are called in the order
   * in which they came; what one of them sets, those behind it see as well.
   */
  on(keys, effect) {
    this.#effects.push({ keys, effect });
  }

  set(values) {
    Object.assign(this.state, values);
    Object.keys(values).forEach((key) => (this.#inside ?? this.#changed).add(key));
    this.#start();
  }

  #start() {
    if (this.#running || !this.#changed.size) return;
    this.#running = true;
    spread(this.#effectsDue(), (done) => {
      if (!done) return;
      this.#running = false;
      this.#start();
    });
  }

  *#effectsDue() {
    const changed = this.#changed;
    this.#changed = new Set();
    for (const { keys, effect } of this.#effects) {
      if (!keys.some((key) => changed.has(key))) continue;
      this.#inside = changed;
      effect(this.state);
      this.#inside = null;
      yield;
    }
    return true;
  }
}
