// What the page knows of the sandbox: people, groups, chats and the clock. Everybody else listens.

import { api, listen } from "./api.js";

/** A chat's key: `m:` and a userid, or `g:` and a group's id. */
export const memberKey = (userid) => `m:${userid}`;
export const groupKey = (id) => `g:${id}`;
export const isGroup = (key) => key.startsWith("g:");
export const idOf = (key) => key.slice(2);

const KINDS = { image: "[图片]", voice: "[语音]", video: "[视频]", file: "[文件]", news: "[图文]" };

/** Return the one line a list of chats shows of a bubble. */
export function preview(bubble) {
  if (bubble.recalled) return "消息已撤回";
  if (bubble.kind === "card") return bubble.card.main_title?.title || bubble.card.sub_title_text || "[卡片]";
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
  #origin = { instant: Date.now(), ticks: performance.now() };
  #sequence = 0;
  #lost = false;

  /** Read everything once, then follow the stream. */
  async open() {
    const all = await api.phones();
    for (const member of all.members) this.members.set(member.userid, member);
    for (const group of all.groups) this.groups.set(group.id, group);
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

  /** Return name, line and portrait facts of a chat's owner. */
  about(key) {
    if (isGroup(key)) {
      const group = this.groups.get(idOf(key));
      const count = group.members?.length;
      return { name: group.name, line: count ? `群聊 · ${count}人` : "群聊", unit: group.unit, group };
    }
    const member = this.members.get(idOf(key));
    return { name: member.name, line: member.role || (member.outsider ? "微信用户" : "成员"), unit: member.unit, member };
  }

  knows(key) {
    return (isGroup(key) ? this.groups : this.members).has(idOf(key));
  }

  unread(key) {
    if (isGroup(key)) return this.groupUnread.get(idOf(key)) || 0;
    return this.members.get(idOf(key))?.unread || 0;
  }

  groupsOf(userid) {
    return [...this.groups.values()].filter((group) => group.members?.includes(userid));
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
    const screen = await (isGroup(key) ? api.group(idOf(key)) : api.screen(idOf(key)));
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
    else if (chat) {
      if (!this.#put(chat, bubble)) this.endPending(bubble.id);
      this.emit("bubble", { key, bubble });
    }
    this.emit("people", { key });
  }

  #hear(kind, data) {
    this.#sequence = Math.max(this.#sequence, data.sequence || 0);
    if (kind === "bubble" || kind === "redraw") {
      if (kind === "redraw") this.picks.delete(data.bubble.id);
      this.#arrived(memberKey(data.member), data.bubble);
    } else if (kind === "group") {
      this.groupUnread.set(data.group, (this.groupUnread.get(data.group) || 0) + 1);
      this.#arrived(groupKey(data.group), data.bubble);
    } else if (kind === "unread") {
      const member = this.members.get(data.member);
      if (member) member.unread = data.unread;
      this.emit("people", { key: memberKey(data.member) });
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
