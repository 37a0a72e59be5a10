// The list of messages of one chat: kept in step with the city, kept at its end while one reads there.

import { api } from "./api.js";
import { browse } from "./browser.js";
import { drawBubble } from "./bubbles.js";
import { isGroup } from "./city.js";
import { h, icon } from "./dom.js";
import { notice } from "./sheet.js";
import { separator } from "./times.js";

const GAP = 5 * 60_000;
const NEAR = 60;
const HOLLOW = {
  wecom: "还没有消息。点左下角的菜单，或发“帮助”看看。",
  dingtalk: "还没有消息。点下方的快捷词，或发“帮助”看看。",
  kf: "还没有消息。想问什么，直接写在下面。",
  wechat: "还没有消息。想问什么，直接写在下面。",
};
const SETTLE = 700; // a card's new look comes after the tap's own answer

export class Feed {
  #ends = [];
  #rows = new Map();
  #last = null;
  #stays = true;
  #below = 0;

  /**
   * `key` names the chat, `agent` the app whose lines are shown (null: all), `owner` whose phone it
   * is on (null: a group's own screen, where nobody does anything).
   */
  constructor(city, key, { agent = null, owner = null, screen, name }) {
    Object.assign(this, { city, key, agent, owner, screen, name });
    this.lines = h("ol", { class: "lines", role: "log", "aria-live": "polite", "aria-label": `${name}的消息` });
    this.more = h("button", { class: "more", type: "button", hidden: true, onclick: () => this.toEnd(true) });
    this.scroll = h("div", { class: "feed", tabindex: "0", "aria-label": "消息列表" }, this.lines);
    this.element = h("div", { class: "feed-frame" }, this.scroll, this.more);
    this.#watch();
  }

  /** Read the chat and draw it, standing at its end. */
  async open() {
    const chat = await this.city.chat(this.key);
    this.lines.replaceChildren();
    this.#rows.clear();
    this.#last = null;
    for (const bubble of chat.bubbles) this.#add(bubble, false);
    if (!this.#rows.size) this.lines.append(h("li", { class: "hollow", text: isGroup(this.key) ? "还没有通知。" : HOLLOW[this.owner.platform] }));
    this.toEnd(false);
  }

  close() {
    for (const end of this.#ends) end();
  }

  #watch() {
    const { city, scroll } = this;
    this.#ends.push(city.on("bubble", ({ key, bubble }) => key === this.key && this.#heard(bubble)));
    this.#ends.push(city.on("pending", ({ bubbleId }) => this.again(bubbleId)));
    this.#ends.push(city.on("clock", () => this.#relabel()));
    const free = () => {
      this.#stays = this.#atEnd();
    };
    for (const kind of ["wheel", "touchmove", "keydown"]) {
      scroll.addEventListener(kind, () => requestAnimationFrame(free), { passive: true });
    }
    scroll.addEventListener("scroll", () => {
      if (this.#atEnd()) {
        this.#stays = true;
        this.#count(0);
      }
    });
    const size = new ResizeObserver(() => this.#stays && this.toEnd(false));
    size.observe(scroll);
    size.observe(this.lines);
    this.#ends.push(() => size.disconnect());
  }

  #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  /** Go to the newest line. */
  toEnd(smoothly) {
    this.#stays = true;
    this.#count(0);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.scroll.scrollTo({ top: this.scroll.scrollHeight, behavior: smoothly && !calm ? "smooth" : "instant" });
  }

  #count(below) {
    this.#below = below;
    this.more.hidden = below === 0;
    this.more.replaceChildren(icon("down"), `${below}条新消息`);
  }

  #shows(bubble) {
    return this.agent === null || bubble.agent_id === null || bubble.agent_id === this.agent;
  }

  #heard(bubble) {
    if (!this.#shows(bubble)) return;
    if (this.#rows.has(bubble.id)) {
      this.#redraw(bubble, true);
      return;
    }
    this.#add(bubble, true);
    if (this.#stays || bubble.side === "me") this.toEnd(true);
    else this.#count(this.#below + 1);
  }

  #add(bubble, fresh) {
    if (!this.#shows(bubble) || this.#rows.has(bubble.id)) return;
    this.lines.querySelector(".hollow")?.remove();
    const at = Date.parse(bubble.at);
    if (this.#last === null || Math.abs(at - this.#last) >= GAP) {
      this.lines.append(h("li", { class: "time", "data-at": at }, h("time", { datetime: bubble.at, text: separator(at, this.city.now()) })));
    }
    this.#last = at;
    const row = this.#draw(bubble);
    if (fresh) row.classList.add("is-fresh");
    this.#rows.set(bubble.id, { row, bubble });
    this.lines.append(row);
  }

  #redraw(bubble, changed) {
    const old = this.#rows.get(bubble.id);
    const row = this.#draw(bubble);
    if (changed) row.classList.add("is-redrawn");
    const inside = old.row.contains(document.activeElement);
    old.row.replaceWith(row);
    this.#rows.set(bubble.id, { row, bubble });
    if (inside) this.scroll.focus({ preventScroll: true });
  }

  /** Draw a line anew; `focus` selects what had the focus in it. */
  again(bubbleId, focus = "") {
    const kept = this.#rows.get(bubbleId);
    if (!kept) return;
    this.#redraw(kept.bubble, false);
    if (focus) this.#rows.get(bubbleId).row.querySelector(focus)?.focus({ preventScroll: true });
  }

  #relabel() {
    for (const mark of this.lines.querySelectorAll(".time")) {
      mark.firstChild.textContent = separator(Number(mark.dataset.at), this.city.now());
    }
  }

  #draw(bubble) {
    const { city, screen } = this;
    if (!city.picks.has(bubble.id)) city.picks.set(bubble.id, new Map());
    return drawBubble(bubble, {
      screen,
      owner: this.owner || { name: "", colour: "" },
      person: (userid) => city.person(userid),
      name: bubble.sender || this.name,
      picks: city.picks.get(bubble.id),
      waiting: city.pending.get(bubble.id)?.button ?? null,
      again: (focus) => this.again(bubble.id, focus),
      open: (url) => browse(screen, this.owner?.phone ?? null, url),
      say: notice,
      now: () => city.now(),
      tap: (wish) => this.#tap(bubble.id, wish),
    });
  }

  async #tap(bubbleId, wish) {
    const { city } = this;
    if (city.pending.has(bubbleId) || !this.owner) return;
    city.startPending(bubbleId, wish.button ?? wish.menu ?? wish.item ?? wish.params.key);
    try {
      const told = await api.tap(this.owner.phone, { bubble: bubbleId, ...wish });
      if (!told.delivered) notice("助手暂时没有应答，请稍候再点。");
      city.endPending(bubbleId, told.delivered ? SETTLE : 0);
    } catch (error) {
      city.endPending(bubbleId);
      notice(error.message);
    }
  }
}
