// The list of people beside the phones, by unit; on a narrow screen a row of chips.

import { groupKey, memberKey } from "./city.js";
import { badge, groupPortrait, h, icon, platformTag, portrait } from "./dom.js";

const STORY = "演示人物";
const GROUPS = "群聊";
const OUTSIDE = "家长";
const CAST = 8;
const FEW = 20; // so many people need no folding

/** Return chat keys in a good opening order: teacher, principal, reviewer, group, then the rest. */
export function openingOrder(city) {
  const members = [...city.members.values()].filter((one) => !one.outsider);
  const heads = members.filter((one) => /校长|园长/.test(one.role));
  const writes = (one) => /经办|项目负责|教师|老师/.test(one.role) && !heads.includes(one);
  const teacher = members.find((one) => writes(one) && heads.some((head) => head.unit === one.unit)) || members.find(writes);
  const principal = heads.find((one) => one.unit === teacher?.unit) || heads[0];
  const reviewer = members.find((one) => /审核|会审|牵头|处|科/.test(one.role) && one.unit !== teacher?.unit);
  const groups = [...city.groups.values()];
  const group = groups.find((one) => one.unit && one.unit === teacher?.unit) || groups[0];
  const first = [teacher, principal, reviewer].filter(Boolean).map((one) => memberKey(one.phone));
  const rest = [...[...city.members.keys()].map(memberKey), ...groups.map((one) => groupKey(one.id))];
  return [...new Set([...first, ...(group ? [groupKey(group.id)] : []), ...rest])];
}

export class People {
  #open = new Map();
  #words = "";
  #due = 0;

  constructor(root, city, stage) {
    Object.assign(this, { root, city, stage });
    this.search = h("input", {
      type: "search", placeholder: "搜索姓名、职务、单位", "aria-label": "搜索人员与群",
      oninput: () => {
        this.#words = this.search.value.trim();
        this.draw();
      },
    });
    this.hint = h("p", { class: "people-hint", role: "status" });
    this.list = h("div", { class: "people-list" });
    root.append(h("label", { class: "people-search" }, icon("search"), this.search), this.hint, this.list);
    city.on("people", () => this.#soon());
    stage.onChange(() => {
      this.#soon();
      this.#call();
    });
    this.draw();
  }

  /** Many marks change at once when a story plays: draw them together. */
  #soon() {
    if (this.#due) return;
    this.#due = requestAnimationFrame(() => {
      this.#due = 0;
      this.draw();
    });
  }

  #call() {
    const { target } = this.stage;
    this.hint.textContent = target ? `请选择接下来在“${this.city.about(target.key).name}”这部手机上显示谁。` : "";
    if (target) this.search.focus({ preventScroll: true });
  }

  /** The opening cast first, where there are many; everybody stands in one place only. */
  #units() {
    const cast = this.city.members.size > FEW ? this.stage.order.slice(0, CAST) : [];
    const units = new Map([[STORY, cast], [GROUPS, []], [OUTSIDE, []]]);
    const put = (unit, key) => {
      if (cast.includes(key)) return;
      if (!units.has(unit)) units.set(unit, []);
      units.get(unit).push(key);
    };
    for (const group of this.city.groups.values()) put(GROUPS, groupKey(group.id));
    for (const member of this.city.members.values()) {
      put(member.outsider ? OUTSIDE : member.unit || "其他", memberKey(member.phone));
    }
    return units;
  }

  #matches(key) {
    const { name, line, unit } = this.city.about(key);
    return !this.#words || `${name} ${line} ${unit || ""}`.includes(this.#words);
  }

  draw() {
    const shown = this.stage.shown();
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    const few = this.city.members.size <= FEW;
    const sections = [];
    for (const [unit, keys] of this.#units()) {
      const found = keys.filter((key) => this.#matches(key));
      if (!found.length) continue;
      // A unit opens by itself once, and never closes under somebody's finger.
      if (!this.#open.has(unit) && (few || unit === STORY || found.some((key) => shown.includes(key)))) this.#open.set(unit, true);
      const open = this.#words !== "" || Boolean(this.#open.get(unit));
      sections.push(this.#section(unit, found, open, shown));
    }
    this.list.replaceChildren(...(sections.length ? sections : [h("p", { class: "empty", text: "没有找到。" })]));
    if (focused) this.list.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  #section(unit, keys, open, shown) {
    const waiting = keys.reduce((sum, key) => sum + this.city.unread(key), 0);
    return h("section", { class: "unit" },
      h("button", {
        class: "unit-name", type: "button", "aria-expanded": String(open), "data-focus": `u:${unit}`,
        onclick: () => {
          this.#open.set(unit, !open);
          this.draw();
        },
      }, icon("chevron"), h("span", { text: unit }), open ? h("small", { text: keys.length }) : badge(waiting) || h("small", { text: keys.length })),
      open ? h("ul", {}, keys.map((key) => this.#row(key, shown, unit === STORY))) : null);
  }

  #row(key, shown, withUnit) {
    const { name, line, unit, platform, tag, member } = this.city.about(key);
    const here = shown.includes(key);
    return h("li", {}, h("button", {
      class: `person${here ? " is-here" : ""}`, type: "button", "data-key": key, "data-platform": platform, "data-focus": key,
      "aria-pressed": String(here), onclick: () => this.stage.show(key),
    },
      h("span", { class: "chat-face" }, member ? portrait(name, member.colour) : groupPortrait(), badge(this.city.unread(key))),
      h("span", { class: "person-words" }, h("b", {}, name, platformTag(tag)), h("small", { text: [line, withUnit && unit].filter(Boolean).join(" · ") }))));
  }
}

/**
 * The same people in one row: the opening cast, whoever has something new, whoever was looked at.
 * The first chip unfolds the whole list over the phones.
 */
export class Chips {
  #due = 0;
  #kept;

  constructor(root, city, stage) {
    Object.assign(this, { root, city, stage });
    this.#kept = new Set(stage.order.slice(0, CAST));
    this.row = h("div", { class: "chips" });
    this.all = h("button", {
      class: "chip-all", type: "button", "aria-label": "全部人员与群", "aria-expanded": "false", onclick: () => this.#unfold(),
    }, icon("search"));
    root.append(h("div", { class: "chip-bar" }, this.all, this.row));
    city.on("people", () => this.#soon());
    stage.onChange(() => {
      this.#unfold(stage.target !== null);
      this.#soon();
    });
    this.draw();
  }

  #unfold(open = !this.root.classList.contains("is-open")) {
    this.root.classList.toggle("is-open", open);
    this.all.setAttribute("aria-expanded", String(open));
  }

  #soon() {
    this.#due ||= requestAnimationFrame(() => {
      this.#due = 0;
      this.draw();
    });
  }

  draw() {
    const shown = this.stage.shown();
    for (const key of this.stage.order) {
      if (shown.includes(key) || this.city.unread(key)) this.#kept.add(key);
    }
    this.row.replaceChildren(...[...this.#kept].map((key) => {
      const { name, line, platform, tag, member } = this.city.about(key);
      const here = shown.includes(key);
      return h("button", {
        class: `chip${here ? " is-here" : ""}`, type: "button", "data-key": key, "data-platform": platform, "aria-pressed": String(here),
        title: line, onclick: () => this.stage.show(key),
      },
        h("span", { class: "chat-face" }, member ? portrait(name, member.colour, "is-small") : groupPortrait("is-small"), badge(this.city.unread(key))),
        h("span", { class: "chip-words" }, h("b", { text: name }), h("small", {}, line, platformTag(tag))));
    }));
    const here = this.row.querySelector(".is-here");
    if (here) this.row.scrollTo({ left: here.offsetLeft - this.row.clientWidth / 2 + here.clientWidth / 2, behavior: "smooth" });
  }
}
