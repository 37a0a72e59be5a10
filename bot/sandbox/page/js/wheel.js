// A column that turns under a finger, a mouse or the arrow keys, as the chat app's own pickers do.

import { h } from "./dom.js";

const ROW = 34; // as high as .wheel-row
const KEYS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

/** Return a column of `rows` ({text, quiet}) named `label`; `at` is the row in its middle. */
export class Wheel {
  #at = 0;

  constructor(label, rows) {
    this.rows = rows.map((row, place) =>
      h("div", { class: `wheel-row${row.quiet ? " is-quiet" : ""}`, text: row.text, onclick: () => this.turn(place) }));
    this.element = h("div", {
      class: "wheel-column", role: "spinbutton", tabindex: "0", "aria-label": label,
      "aria-valuemin": "0", "aria-valuemax": String(rows.length - 1),
      onscroll: () => this.#settle(Math.round(this.element.scrollTop / ROW)),
      onkeydown: (event) => {
        if (!(event.key in KEYS)) return;
        event.preventDefault();
        this.turn(this.#at + KEYS[event.key]);
      },
    }, this.rows);
  }

  get at() {
    return this.#at;
  }

  /** Bring a row into the middle; what is beyond an end stops there. */
  turn(place) {
    const row = Math.max(0, Math.min(this.rows.length - 1, place));
    this.element.scrollTop = row * ROW;
    this.#settle(row);
  }

  #settle(place) {
    const row = this.rows[place];
    if (!row) return;
    this.rows[this.#at].classList.remove("is-chosen");
    this.#at = place;
    row.classList.add("is-chosen");
    this.element.setAttribute("aria-valuenow", String(place));
    this.element.setAttribute("aria-valuetext", row.textContent);
  }
}
