// The state of a page, and the effects of its changes.

import { spread } from "./frames.js";

/** @template {object} State */
export class Store {
  /** @type {{keys: (keyof State)[], effect: (state: State) => void}[]} */
  #effects = [];
  /** @type {Set<keyof State>} */
  #changed = new Set();
  #running = false;
  /**
   * The changed keys for the effects that are still to run, while one of them runs.
   * @type {?Set<keyof State>}
   */
  #inside = null;

  /** @param {State} state */
  constructor(state) {
    this.state = state;
  }

  /**
   * Call a function in the frame after one of these keys was set. Functions are called in the order
   * of these calls; a key that one of them sets calls those after it as well.
   * @param {(keyof State)[]} keys
   * @param {(state: State) => void} effect
   */
  on(keys, effect) {
    this.#effects.push({ keys, effect });
  }

  /** @param {Partial<State>} values */
  set(values) {
    Object.assign(this.state, values);
    for (const key in values) (this.#inside ?? this.#changed).add(key);
    this.#start();
  }

  #start() {
    if (this.#running || !this.#changed.size) return;
    this.#running = true;
    spread(this.#runEffects(), (done) => {
      if (!done) return;
      this.#running = false;
      this.#start();
    });
  }

  *#runEffects() {
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
