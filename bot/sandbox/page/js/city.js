// What the page knows of the sandbox: people, groups, chats and the clock. Everybody else listens.

import { api, listen } from "./api.js";

const AS = "?as=";

/** A chat's key: `m:` and a phone's name, or `g:` and a group's id, with who looks at it if that matters. */
export const memberKey = (phone) => `m:${phone}`;
export const groupKey = (id, viewer = "") => `g:${id}${viewer && AS + viewer}`;
export const isGroup = (key) => key.startsWith("g:");
export const idOf = (key) => key.slice(2).split(AS)[0];
export const viewerOf = (key) => key.split(AS)[1] || "";

const KINDS = {
  image: "[图片]", voice: "[语音]", audio: "[语音]", video: "[视频]", file: "[文件]", news: "[图文]",
  feed_card: "[图文]",
};

/** Return the one line a list of chats shows of a bubble. */
export function preview(bubble) {
  if (bubble.recalled) return "消息已撤回";
  if (bubble.kind === "card" && !bubble.platform) {
    return bubble.card.main_title?.title || bubble.card.sub_title_text || "[卡片]";
  }
  return bubble.text || bubble.title || KINDS[bubble.kind] || "[消息]";
}

export class City extends EventTarget {
  members = new Map();
  groups = new Map();
  chats = new Map();
  groupUnread = new Map();
  picks = new Map();
  pending = new Map();
  storyNow = null;
  home = "";
  mixed = false; // whether there are phones of more than one platform
  #phones = new Map();
  #origin = { instant: Date.now(), ticks: performance.now() };
  #sequence = 0;
  #lost = false;

  /** Read everything once, then follow the stream. */
  async open() {
    const all = await api.phones();
    for (const member of all.members) {
      this.members.set(member.phone, member);
      this.#phones.set(`${member.platform}:${member.userid}`, member.phone);
    }
    for (const group of all.groups) this.groups.set(group.id, group);
    this.mixed = new Set(all.members.map((one) => one.platform)).size > 1;
    this.#setNow(all.now);
    this.home = all.home;
    if (all.story) this.storyNow = all.story;
    this.#sequence = all.sequence;
    listen(all.sequence, (kind, data) => this.#hear(kind, data), (up) => this.#line(up));
  }

  /** Listen; returns what ends it. */
  on(kind, hear) {
    const wrapped = (event) => hear(event.detail);
    this.addEventListener(kind, wrapped);
    return () => this.removeEventListener(kind, wrapped);
  }

  emit(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }

  /** The sandbox's present, in milliseconds. */
  now() {
    return this.#origin.instant + (performance.now() - this.#origin.ticks);
  }

  #setNow(iso) {
    this.#origin = { instant: Date.parse(iso), ticks: performance.now() };
  }

  /** Return name, line, platform (`tag` where it should be told) and portrait facts of a chat's owner. */
  about(key) {
    if (isGroup(key)) {
      const group = this.groups.get(idOf(key));
      const { name, unit, platform, members } = group;
      return {
        name, line: members?.length ? `群聊 · ${members.length}人` : "群聊", unit, platform,
        tag: this.mixed ? platform : "", group,
      };
    }
    const member = this.members.get(idOf(key));
    const { name, unit, platform, role, outsider } = member;
    const tag = this.mixed && !(outsider && platform === "wecom") ? platform : ""; // theirs is WeChat
    const guest = platform === "dingtalk" ? "外部联系人" : "微信用户";
    return { name, line: role || (outsider ? guest : "成员"), unit, platform, tag, member };
  }

  /** Return somebody by userid, on whichever phone. */
  person(userid) {
    return [...this.members.values()].find((one) => one.userid === userid);
  }

  knows(key) {
    return (isGroup(key) ? this.groups : this.members).has(idOf(key));
  }

  unread(key) {
    if (isGroup(key)) return this.groupUnread.get(idOf(key)) || 0;
    return this.members.get(idOf(key))?.unread || 0;
  }

  /** Return the groups on a phone: those of its platform that its owner is in. */
  groupsOf({ userid, platform }) {
    return [...this.groups.values()].filter((group) => group.platform === platform && group.members?.includes(userid));
  }

  readGroup(id) {
    if (!this.groupUnread.get(id)) return;
    this.groupUnread.delete(id);
    this.emit("people", { key: groupKey(id) });
  }

  /** Return a chat with all its bubbles, read from the sandbox the first time. */
  async chat(key) {
    let chat = this.chats.get(key);
    if (!chat) {
      chat = { bubbles: [], early: [], ready: null };
      this.chats.set(key, chat);
      chat.ready = this.#load(key, chat).catch((error) => {
        this.chats.delete(key);
        throw error;
      });
    }
    await chat.ready;
    return chat;
  }

  async #load(key, chat) {
    const screen = await (isGroup(key) ? api.group(idOf(key), viewerOf(key)) : api.screen(idOf(key)));
    if (screen.member) Object.assign(this.members.get(idOf(key)), screen.member);
    chat.bubbles = screen.bubbles;
    const early = chat.early;
    chat.early = null;
    for (const bubble of early) this.#put(chat, bubble);
    this.emit("people", { key });
  }

  /** Put a bubble in its place; returns whether it is new. */
  #put(chat, bubble) {
    const place = chat.bubbles.findLastIndex((one) => one.id === bubble.id);
    if (place < 0) chat.bubbles.push(bubble);
    else if (bubble.sequence >= chat.bubbles[place].sequence) chat.bubbles[place] = bubble;
    return place < 0;
  }

  #arrived(key, bubble) {
    const about = isGroup(key) ? this.groups.get(idOf(key)) : this.members.get(idOf(key));
    if (!about) return;
    about.last = { text: preview(bubble), at: bubble.at };
    const chat = this.chats.get(key);
    if (chat?.early) chat.early.push(bubble);
    else if (chat) this.#show(key, chat, bubble);
    this.emit("people", { key });
  }

  #show(key, chat, bubble) {
    if (!this.#put(chat, bubble)) this.endPending(bubble.id);
    this.emit("bubble", { key, bubble });
  }

  /** A line of a group: where each reader sees a card in a way of their own, theirs is read anew. */
  #inGroup(id, bubble) {
    for (const key of [...this.chats.keys()].filter((one) => isGroup(one) && idOf(one) === id)) {
      if (bubble.kind === "card" && bubble.platform) this.#reread(key, this.chats.get(key));
      else this.#arrived(key, bubble);
    }
    const group = this.groups.get(id);
    if (group) group.last = { text: preview(bubble), at: bubble.at };
    this.emit("people", { key: groupKey(id) });
  }

  async #reread(key, chat) {
    await chat.ready;
    const { bubbles } = await api.group(idOf(key), viewerOf(key)).catch(() => ({ bubbles: [] }));
    for (const bubble of bubbles) {
      const known = chat.bubbles.find((one) => one.id === bubble.id);
      if (known?.sequence !== bubble.sequence) this.#show(key, chat, bubble);
    }
  }

  #hear(kind, data) {
    this.#sequence = Math.max(this.#sequence, data.sequence || 0);
    const [platform, what] = kind.includes(".") ? kind.split(".") : ["wecom", kind];
    const key = data.member && memberKey(this.#phones.get(`${platform}:${data.member}`));
    if (what === "redraw") this.#forgetPicks(key, data.bubble);
    if (data.group) {
      if (kind === "group") this.groupUnread.set(data.group, (this.groupUnread.get(data.group) || 0) + 1);
      this.#inGroup(data.group, data.bubble);
    } else if (what === "bubble" || what === "redraw") {
      this.#arrived(key, data.bubble);
    } else if (what === "unread") {
      const member = this.members.get(idOf(key));
      if (member) member.unread = data.unread;
      this.emit("people", { key });
    } else if (kind === "clock") {
      this.#setNow(data.now);
      this.emit("clock");
    } else if (kind === "story") {
      this.storyNow = data;
      this.emit("story", data);
    } else if (kind === "reset") {
      location.reload();
    }
  }

  async #line(up) {
    this.emit("line", { up });
    if (!up) this.#lost = true;
    else if (this.#lost) {
      this.#lost = false;
      // A sandbox that was started anew counts from the beginning: then nothing here is true.
      const all = await api.phones().catch(() => null);
      if (all && all.sequence < this.#sequence) location.reload();
    }
  }

  /** A new look asks anew; but what is written in a form stays while the form does. */
  #forgetPicks(key, bubble) {
    const before = key && this.chats.get(key)?.bubbles.find((one) => one.id === bubble.id);
    const form = (one) => one?.card?.variables && JSON.stringify([one.card.variables.form, one.card.variables.form_key]);
    if (!form(bubble) || form(bubble) !== form(before)) this.picks.delete(bubble.id);
  }

  /** Mark a card as waiting for the bot. */
  startPending(bubbleId, button) {
    this.pending.set(bubbleId, { button, timer: 0 });
    this.emit("pending", { bubbleId });
  }

  /** End the wait now, or after `delay` milliseconds if no new look came by then. */
  endPending(bubbleId, delay = 0) {
    const wait = this.pending.get(bubbleId);
    if (!wait) return;
    clearTimeout(wait.timer);
    if (delay) {
      wait.timer = setTimeout(() => this.endPending(bubbleId), delay);
      return;
    }
    this.pending.delete(bubbleId);
    this.emit("pending", { bubbleId });
  }
}
