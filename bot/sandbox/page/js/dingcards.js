// An interactive card of DingTalk. Its template is drawn by hand in the card platform; here the
// variables are laid out by their names, from title to done.

import { rowsOf } from "./cards.js";
import { drawForm } from "./dingform.js";
import { h, icon } from "./dom.js";

/** Draw one copy of a card as its reader sees it; `hand` as for the cards of WeCom. */
export function drawDingCard(bubble, hand) {
  const { variables: shown } = bubble.card;
  const live = shown.live === "true" && bubble.state.live;
  return h("article", { class: "card is-ding", "aria-busy": hand.waiting ? "true" : null },
    h("header", { class: "ding-head" },
      h("h3", { class: "card-title", text: shown.title || "" }),
      shown.case ? h("p", { class: "ding-case" }, "办件号 ", h("span", { class: "number", text: shown.case })) : null),
    shown.lead ? h("p", { class: "ding-lead", text: shown.lead }) : null,
    shown.body ? h("p", { class: "ding-body", text: shown.body }) : null,
    facts(read(shown.facts, [])),
    shown.page
      ? h("button", { class: "ding-page", type: "button", onclick: () => hand.open(shown.page) },
          h("span", { text: shown.page_text || "查看全文" }), icon("chevron"))
      : null,
    shown.hint ? h("p", { class: "ding-hint", text: shown.hint }) : null,
    live && shown.form_key ? drawForm(shown, read(shown.form, {}).fields || [], hand) : null,
    live ? buttons(read(shown.buttons, []), hand) : null,
    bubble.state.failed ? h("p", { class: "ding-failed", text: "没有办成，请再点一次。" }) : null,
    shown.done ? h("p", { class: "ding-done", text: shown.done }) : null,
    shown.said ? h("p", { class: "ding-said", text: shown.said }) : null);
}

/** Every value of a template is a string; lists and forms are JSON. */
function read(text, empty) {
  return text ? JSON.parse(text) : empty;
}

function facts(rows) {
  if (!rows.length) return null;
  return h("dl", { class: "ding-facts" }, rows.map((row) => [h("dt", { text: row.name }), h("dd", { text: row.value })]));
}

function buttons(list, hand) {
  if (!list.length) return null;
  return h("div", { class: "card-buttons" }, rowsOf(list).map((row) =>
    h("div", { class: `card-buttons-row is-${row.length}` }, row.map((one) => button(one, hand)))));
}

function button(one, hand) {
  const waiting = hand.waiting !== null && hand.waiting === one.key;
  return h("button", {
    class: `card-button tone-${one.tone}${waiting ? " is-waiting" : ""}`, type: "button",
    disabled: !one.url && hand.waiting !== null,
    onclick: () => (one.url ? hand.open(one.url) : hand.tap({ action: one.tone, params: { key: one.key } })),
  }, h("span", { text: one.text }), waiting ? h("span", { class: "spinner", "aria-label": "正在提交" }) : null);
}
