// One phone: its owner's line, the frame, and the screen with its list of chats or an open chat.

import { api } from "./api.js";
import { memberKey, groupKey, idOf, isGroup } from "./city.js";
import { composer, groupComposer } from "./composer.js";
import { appPortrait, badge, groupPortrait, h, icon, platformTag, portrait } from "./dom.js";
import { Feed } from "./feed.js";
import { brief, clockTime } from "./times.js";

const READ_AFTER = 700;

export class Phone {
  key = null;
  touched = 0;
  #feed = null;
  #place = null;
  #reading = 0;

  /** `swap()` is called when the owner's line is tapped: somebody else shall be shown here. */
  constructor(city, { swap }) {
    this.city = city;
    this.owner = h("button", { class: "owner", type: "button", title: "换一个人或群", onclick: swap });
    this.time = h("span", { class: "status-time" });
    this.nav = h("div", { class: "nav" });
    this.view = h("div", { class: "view" });
    this.screen = h("div", { class: "screen" }, this.nav, this.view);
    this.element = h("section", { class: "slot" },
      this.owner,
      h("div", { class: "phone" },
        h("div", { class: "glass" },
          h("div", { class: "status", "aria-hidden": "true" }, this.time, h("span", { class: "status-signs" }, h("i"), h("i"), h("i"))),
          this.screen,
          h("div", { class: "home", "aria-hidden": "true" }))));
    for (const kind of ["pointerdown", "focusin"]) {
      this.element.addEventListener(kind, () => this.touch());
    }
    city.on("people", () => this.#people());
    city.on("clock", () => this.tick());
    document.addEventListener("visibilitychange", () => this.#read());
    this.tick();
  }

  touch() {
    this.touched = performance.now();
  }

  tick() {
    this.time.textContent = clockTime(this.city.now());
  }

  /** Show a person's or a group's screen. */
  async show(key) {
    if (this.key === key) return;
    this.key = key;
    this.#drawOwner();
    const { name, platform } = this.city.about(key);
    this.element.setAttribute("aria-label", `${name}的手机`);
    this.element.dataset.key = key;
    this.element.dataset.platform = platform;
    try {
      if (isGroup(key)) await this.#openRoom(idOf(key));
      else {
        const { apps = [] } = this.city.about(key).member;
        if (apps.length) await this.#openApp(apps[0], false);
        else this.#openList();
      }
    } catch (error) {
      this.view.replaceChildren(h("p", { class: "empty", text: error.message }));
    }
  }

  #drawOwner() {
    const { name, line, unit, tag, member } = this.city.about(this.key);
    this.owner.replaceChildren(
      member ? portrait(name, member.colour, "is-small") : groupPortrait("is-small"),
      h("span", { class: "owner-words" },
        h("b", {}, name, platformTag(tag)),
        h("small", { text: [line, unit].filter(Boolean).join(" · ") })),
      icon("swap"));
  }

  #enter(place, feed) {
    this.#feed?.close();
    this.#feed = feed;
    this.#place = place;
    this.screen.querySelectorAll(".shade, .browser").forEach((one) => one.remove());
  }

  // --- the list of chats ---

  #openList() {
    this.#enter({ kind: "list" }, null);
    this.#drawNav("消息", null);
    this.view.replaceChildren(this.#list());
  }

  #list() {
    const { member } = this.city.about(this.key);
    const now = this.city.now();
    const row = (face, name, last, unread, act) =>
      h("li", {}, h("button", { class: "chat-row", type: "button", onclick: act },
        h("span", { class: "chat-face" }, face, badge(unread)),
        h("span", { class: "chat-words" },
          h("span", { class: "chat-name" }, h("b", { text: name }), h("time", { text: last ? brief(Date.parse(last.at), now) : "" })),
          h("span", { class: "chat-last", text: last?.text || "暂无消息" }))));
    const apps = (member.apps || []).map((app) =>
      row(appPortrait(), app.name, member.last, member.unread, () => this.#openApp(app, true)));
    const rooms = this.city.groupsOf(member).map((group) =>
      row(groupPortrait(), group.name, group.last, this.city.unread(groupKey(group.id)), () => this.#openRoom(group.id)));
    const rows = [...apps, ...rooms];
    return rows.length
      ? h("ul", { class: "chat-list" }, rows)
      : h("p", { class: "empty", text: "这部手机上还没有会话。" });
  }

  // --- an open chat ---

  async #openApp(app, entering) {
    const { member } = this.city.about(this.key);
    const feed = new Feed(this.city, memberKey(member.phone), {
      agent: member.apps.length > 1 ? app.agent_id ?? null : null, owner: member, screen: this.screen, name: app.name,
    });
    this.#enter({ kind: "app", app }, feed);
    this.#drawNav(app.name, () => this.#openList(), member.platform === "dingtalk" ? "机器人" : "");
    this.view.replaceChildren(feed.element, composer(member, app, this.screen));
    const tells = entering && ["wecom", "kf"].includes(member.platform); // elsewhere nobody is told who looks in
    if (tells) api.enter(member.phone, app.agent_id).catch(() => {}); // looking in asks nothing
    await feed.open();
    this.#read();
  }

  async #openRoom(id) {
    const group = this.city.groups.get(id);
    const owner = isGroup(this.key) ? null : this.city.about(this.key).member;
    const key = groupKey(id, owner && group.platform === "dingtalk" ? owner.userid : "");
    const feed = new Feed(this.city, key, { owner, screen: this.screen, name: group.name });
    this.#enter({ kind: "room", id }, feed);
    const count = group.members?.length;
    this.#drawNav(count ? `${group.name}（${count}）` : group.name, owner ? () => this.#openList() : null);
    const foot = owner && group.robots.length
      ? groupComposer(owner, group)
      : h("p", { class: "closed-bar", text: "群里的通知由备案助手发送，此处只看不发。" });
    this.view.replaceChildren(feed.element, foot);
    await feed.open();
    this.#read();
  }

  #drawNav(title, back, tag = "") {
    const others = this.#unreadElsewhere();
    this.nav.replaceChildren(
      back ? h("button", { class: "nav-back", type: "button", "aria-label": "返回消息列表", onclick: back }, icon("back"), badge(others)) : h("span"),
      h("h2", { class: "nav-title" }, title, tag && h("i", { class: "robot", text: tag })),
      h("span", { class: "nav-end" }, back || this.#place.kind === "room" ? icon(this.#place.kind === "room" ? "group" : "person") : null));
  }

  #unreadElsewhere() {
    if (isGroup(this.key)) return 0;
    const rooms = this.city.groupsOf(this.city.about(this.key).member);
    const here = this.#place.kind === "room" ? this.#place.id : null;
    const waiting = rooms.filter((group) => group.id !== here)
      .reduce((sum, group) => sum + this.city.unread(groupKey(group.id)), 0);
    return waiting + (here === null ? 0 : this.city.unread(this.key));
  }

  #people() {
    if (!this.key) return;
    if (this.#place?.kind === "list") this.view.replaceChildren(this.#list());
    else if (this.#place) {
      const back = this.nav.querySelector(".nav-back");
      back?.querySelector(".badge")?.remove();
      const mark = badge(this.#unreadElsewhere());
      if (back && mark) back.append(mark);
    }
    this.#read();
  }

  /** What stands open before somebody's eyes is read, after the moment it takes to see it. */
  #read() {
    clearTimeout(this.#reading);
    this.#reading = setTimeout(() => {
      if (document.hidden || !this.element.isConnected || !this.#place) return;
      if (this.#place.kind === "room") this.city.readGroup(this.#place.id);
      else if (this.#place.kind === "app" && this.city.unread(this.key)) {
        api.read(idOf(this.key)).catch(() => {}); // the mark simply stays
      }
    }, READ_AFTER);
  }
}
