// One line of a chat, by kind.

import { appPortrait, groupPortrait, h, icon, portrait } from "./dom.js";
import { drawCard } from "./cards.js";
import { drawDingCard } from "./dingcards.js";
import { descriptionNodes, link, markdownNodes, textNodes } from "./rich.js";
import { viewPicture } from "./sheet.js";

/**
 * Draw a bubble as a list item. `hand` as for cards, with `owner` ({name, colour}) for the
 * portrait of the phone's owner, `name` of who speaks on the other side and `person(userid)`.
 */
export function drawBubble(bubble, hand) {
  const plain = { "data-bubble": bubble.id, "data-kind": bubble.kind };
  if (bubble.recalled) return h("li", { class: "line is-note", ...plain }, h("span", { text: "消息已撤回" }));
  if (bubble.kind === "note") return h("li", { class: "line is-note", ...plain }, h("span", { text: bubble.text }));
  const from = bubble.from ? hand.person(bubble.from) : null; // who speaks in a group
  const mine = bubble.side === "me" || (from !== null && from.userid === hand.owner.userid);
  const face = faceOf(bubble, mine ? hand.owner : from);
  return h("li", { class: `line ${mine ? "is-mine" : "is-theirs"}`, ...plain },
    face,
    h("div", { class: "line-body" },
      bubble.sender && !mine ? h("span", { class: "sender" }, bubble.sender, from ? null : h("i", { class: "robot", text: "机器人" })) : null,
      h("span", { class: "sr", text: mine ? "我：" : `${hand.name}：` }),
      content(bubble, hand, mine)));
}

function faceOf(bubble, person) {
  if (person) return portrait(person.name, person.colour);
  return bubble.sender && !bubble.platform ? groupPortrait("is-robot") : appPortrait();
}

function content(bubble, hand, mine) {
  const { kind } = bubble;
  if (kind === "text") {
    const mentions = (bubble.mentions || []).map((who) =>
      h("span", { class: "mention", text: ` @${who === "@all" ? "所有人" : who}` }));
    return h("div", { class: "bubble" }, textNodes(bubble.text, hand.open, { anchors: !mine }), mentions);
  }
  if (kind === "markdown" || kind === "markdown_v2") {
    return h("div", { class: "bubble is-markdown" }, markdownNodes(bubble.text, hand.open));
  }
  if (kind === "menu") return itemsOf(bubble, hand);
  if (kind === "card") return bubble.platform ? drawDingCard(bubble, hand) : drawCard(bubble, hand);
  if (kind === "action_card") return actionCard(bubble, hand);
  if (kind === "link") {
    return news({ articles: [{ title: bubble.title, description: bubble.text, picurl: bubble.picUrl, url: bubble.messageUrl }] }, hand);
  }
  if (kind === "feed_card") {
    return news({ articles: bubble.links.map((one) => ({ title: one.title, picurl: one.picURL, url: one.messageURL })) }, hand);
  }
  if (kind === "textcard") return textcard(bubble, hand);
  if (kind === "news") return news(bubble, hand);
  if (kind === "image") return image(bubble, hand);
  return file(bubble);
}

/** A menu of 微信客服: each item is a line that sends its words. */
function itemsOf(bubble, hand) {
  return h("div", { class: "bubble is-menu" },
    h("div", {}, textNodes(bubble.text, hand.open)),
    h("ul", {}, bubble.items.map((one) => h("li", {},
      h("button", { class: "menu-item", type: "button", text: one.text, onclick: () => hand.tap({ item: one.id }) })))),
    bubble.tail ? h("div", {}, textNodes(bubble.tail, hand.open)) : null);
}

function textcard(bubble, hand) {
  return h("article", { class: "card is-textcard" },
    h("h3", { class: "card-title", text: bubble.title }),
    h("div", { class: "card-desc" }, descriptionNodes(bubble.description)),
    h("div", { class: "card-jumps" },
      h("button", { class: "card-jump", type: "button", onclick: () => hand.open(bubble.url) },
        h("span", { text: bubble.btntxt || "详情" }), icon("chevron"))));
}

function news(bubble, hand) {
  return h("article", { class: "card is-news" }, bubble.articles.map((one) =>
    h("div", { class: "news" },
      one.picurl ? h("img", { src: one.picurl, alt: "" }) : null,
      h("h3", { class: "card-title" }, link(one.title, one.url || "", hand.open)),
      one.description ? h("p", { class: "card-desc", text: one.description }) : null)));
}

function actionCard(bubble, hand) {
  return h("article", { class: "card" },
    h("h3", { class: "card-title", text: bubble.title }),
    h("div", { class: "card-desc is-markdown" }, markdownNodes(bubble.text, hand.open)),
    h("div", { class: "card-buttons" }, bubble.buttons.map((one) =>
      h("button", { class: "card-button style-2", type: "button", text: one.title, onclick: () => hand.open(one.url) }))));
}

function image(bubble, hand) {
  const { url, name } = bubble.media;
  const picture = h("img", { src: url, alt: name || "图片" });
  return h("button", {
    class: "picture", type: "button", "aria-label": "查看图片",
    onclick: () => viewPicture(hand.screen, url, name),
  }, picture);
}

function file(bubble) {
  const { url, name, size } = bubble.media || {};
  const words = { voice: "语音", audio: "语音", video: "视频" }[bubble.kind] || name || "文件";
  return h("a", { class: "bubble is-file", href: url, target: "_blank", rel: "noopener" },
    icon("file"), h("span", {}, h("b", { text: words }), h("small", { text: bytes(size) })));
}

function bytes(size) {
  if (!size) return "";
  return size < 1024 * 1024 ? `${Math.max(1, Math.round(size / 1024))} KB` : `${(size / 1024 / 1024).toFixed(1)} MB`;
}
