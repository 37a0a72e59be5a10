// Which phones stand on the table: as many as fit, the ones used longest ago make room.

import { hands } from "./api.js";
import { h } from "./dom.js";
import { Phone } from "./phone.js";

const WIDTH = 344;
const NARROW = 600;
const SEATS = 2; // while a story plays, the opening two stay; the phones after them take turns

export class Stage {
  phones = [];
  target = null;
  #changed = [];

  /** `order` lists chat keys, the first ones shown first. */
  constructor(root, city, order) {
    Object.assign(this, { root, city, order });
    new ResizeObserver(() => this.#fit()).observe(root);
    this.#fit();
  }

  /** Call `tell()` whenever other people are shown, or a phone waits for somebody. */
  onChange(tell) {
    this.#changed.push(tell);
  }

  shown() {
    return this.phones.map((phone) => phone.key);
  }

  #fit() {
    const width = this.root.clientWidth;
    const count = window.innerWidth <= NARROW ? 1 : Math.max(1, Math.min(4, Math.floor(width / WIDTH)));
    if (count === this.phones.length) return;
    while (this.phones.length > count) this.#oldest().drop();
    while (this.phones.length < count) this.#grow();
    this.root.style.setProperty("--count", String(count));
    this.#tell();
  }

  #grow() {
    const key = this.order.find((one) => !this.shown().includes(one));
    const phone = new Phone(this.city, { swap: () => this.#aim(phone) });
    phone.drop = () => {
      this.phones = this.phones.filter((one) => one !== phone);
      phone.element.remove();
    };
    this.phones.push(phone);
    this.root.append(phone.element);
    if (key) phone.show(key);
    else phone.element.append(h("p", { class: "empty", text: "没有更多的人。" }));
  }

  #oldest(phones = this.phones) {
    // The last of those never touched goes first, so that the opening order stays readable.
    return [...phones].reverse().reduce((one, other) => (other.touched < one.touched ? other : one));
  }

  #aim(phone) {
    this.target = this.target === phone ? null : phone;
    this.#tell();
  }

  /** Show somebody: where they stand already, on the phone that was aimed at, or on the oldest. */
  show(key, { live = false } = {}) {
    if (!this.city.knows(key)) return;
    let phone = this.phones.find((one) => one.key === key);
    if (!phone) {
      phone = live ? this.#oldest(this.#turning()) : this.target || this.#oldest();
      phone.show(key);
    }
    this.target = null;
    if (!live && this.phones.length === 1) hands.dispatchEvent(new Event("look"));
    phone.touch();
    for (const one of this.phones) one.element.classList.toggle("is-live", live && one === phone);
    if (!live) {
      phone.element.classList.remove("is-called");
      phone.element.getBoundingClientRect(); // so that the same glow can play again
      phone.element.classList.add("is-called");
    }
    this.#tell();
  }

  #turning() {
    return this.phones.slice(Math.min(SEATS, this.phones.length - 1));
  }

  /** Nobody is acting any more. */
  calm() {
    for (const one of this.phones) one.element.classList.remove("is-live");
  }

  #tell() {
    for (const one of this.phones) one.element.classList.toggle("is-aimed", one === this.target);
    for (const tell of this.#changed) tell();
  }
}
