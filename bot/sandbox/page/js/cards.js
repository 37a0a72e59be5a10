// The five kinds of template cards (D90236), drawn from the platform's own JSON.

import { h, icon } from "./dom.js";
import { link } from "./rich.js";
import { pick } from "./sheet.js";

const SOURCE_COLOURS = ["grey", "black", "red", "green"];

/**
 * Draw one copy of a card.
 *
 * `hand` is what a finger can do: `open(url)`, `tap(wish)`, `say(sentence)` for a hint, `screen`
 * (where a sheet slides in), `picks` (what is chosen and not yet sent), `again()` (draw anew) and
 * `waiting` (the button that is on its way, or null).
 */
export function drawCard(bubble, hand) {
  const { card, state } = bubble;
  const asks = questions(card);
  const go = opener(card.card_action, hand);
  const body = h(
    "article",
    { class: `card is-${card.card_type}${go ? " is-open" : ""}`, "aria-busy": hand.waiting ? "true" : null },
    head(card, hand, go),
    ...details(card, hand),
    ...asks.map((ask) => (ask.kind === "checkbox" ? checkbox(ask, state, hand, bubble) : select(ask, state, hand, bubble))),
    buttons(card, state, asks, hand, bubble),
    jumps(card, hand),
  );
  if (go) {
    body.addEventListener("click", (event) => {
      if (!event.target.closest("button, a, label, input")) go();
    });
  }
  return body;
}

/** Return what a link-like part does, or null: type 1 a page, type 2 a mini program. */
function opener(part, hand) {
  if (!part) return null;
  if (part.type === 1 && part.url) return () => hand.open(part.url);
  if (part.type === 2) return () => hand.say("演示中不能打开小程序。");
  return null;
}

function picture(url, className) {
  if (!url) return null;
  const image = h("img", { class: className, src: url, alt: "", loading: "lazy" });
  image.addEventListener("error", () => image.remove());
  return image;
}

function head(card, hand, go) {
  const { source, main_title: title = {}, action_menu: menu } = card;
  const more = menu
    ? h("button", {
        class: "card-more", type: "button", "aria-label": menu.desc || "更多操作",
        onclick: () => openMenu(menu, hand),
      }, icon("dots"))
    : null;
  const words = title.title || "";
  const from = source?.desc || source?.icon_url
    ? h("div", { class: "card-source" },
        picture(source.icon_url, "card-icon"),
        h("span", { class: `from-${SOURCE_COLOURS[source.desc_color || 0]}`, text: source.desc || "" }))
    : null;
  return [
    from || more ? h("div", { class: "card-top" }, from || h("span"), more) : null,
    words
      ? h("h3", { class: "card-title" }, go ? h("button", { type: "button", text: words, onclick: go }) : words)
      : null,
    title.desc ? h("p", { class: "card-desc", text: title.desc }) : null,
  ];
}

function openMenu(menu, hand) {
  const options = menu.action_list.map((one) => ({ id: one.key, text: one.text }));
  pick(hand.screen, { title: menu.desc || "更多操作", options }).then((key) => {
    if (key !== null) hand.tap({ menu: key });
  });
}

function details(card, hand) {
  const { emphasis_content: strong, quote_area: quote, sub_title_text: sub } = card;
  return [
    strong
      ? h("div", { class: "card-strong" }, h("b", { text: strong.title || "" }), h("span", { text: strong.desc || "" }))
      : null,
    card.card_image ? frame(card.card_image) : null,
    card.image_text_area ? imageText(card.image_text_area, hand) : null,
    quote ? quoted(quote, hand) : null,
    sub ? h("p", { class: "card-sub", text: sub }) : null,
    ...(card.vertical_content_list || []).map((row) =>
      h("div", { class: "card-vertical" }, h("b", { text: row.title }), row.desc ? h("p", { text: row.desc }) : null)),
    card.horizontal_content_list?.length
      ? h("dl", { class: "card-rows" }, card.horizontal_content_list.map((row) => horizontal(row, hand)))
      : null,
  ];
}

function frame(image) {
  return h("div", { class: "card-image", vars: { ratio: image.aspect_ratio || 1.3 } }, picture(image.url, ""));
}

function imageText(area, hand) {
  const go = opener(area, hand);
  return h(go ? "button" : "div", { class: "card-image-text", type: go ? "button" : null, onclick: go },
    picture(area.image_url, ""),
    h("span", {}, h("b", { text: area.title || "" }), h("span", { text: area.desc || "" })));
}

function quoted(quote, hand) {
  const go = opener(quote, hand);
  const inside = [
    quote.title ? h("b", { text: quote.title }) : null,
    quote.quote_text ? h("span", { class: go ? "link" : "", text: quote.quote_text }) : null,
  ];
  return go
    ? h("button", { class: "card-quote", type: "button", onclick: go }, h("span", { class: "card-quote-text" }, inside), icon("chevron"))
    : h("div", { class: "card-quote" }, h("span", { class: "card-quote-text" }, inside));
}

function horizontal(row, hand) {
  const value = row.value || "";
  let shown = value;
  if (row.type === 1) shown = link(value || row.url, row.url, hand.open);
  else if (row.type === 2) {
    const address = `/sandbox/media/${encodeURIComponent(row.media_id)}`;
    shown = h("a", { class: "link", href: address, target: "_blank", rel: "noopener", text: value });
  } else if (row.type === 3) shown = h("span", { class: "link", text: value || row.userid });
  return [h("dt", { text: row.keyname }), h("dd", {}, shown)];
}

function jumps(card, hand) {
  if (!card.jump_list?.length) return null;
  return h("div", { class: "card-jumps" }, card.jump_list.map((jump) => {
    const go = opener(jump, hand);
    return h("button", { class: "card-jump", type: "button", onclick: go || (() => {}) },
      h("span", { text: jump.title }), icon("chevron"));
  }));
}

// --- what a card asks ---------------------------------------------------------------------------

function questions(card) {
  const asks = [];
  if (card.button_selection) asks.push({ kind: "select", ...card.button_selection });
  if (card.checkbox) asks.push({ kind: "checkbox", ...card.checkbox });
  for (const one of card.select_list || []) asks.push({ kind: "select", ...one });
  return asks;
}

/** Return the ids chosen: sent before, picked here, or set by the card (a list shows its first). */
function chosen(ask, state, hand) {
  const own = hand.picks.get(ask.question_key) || state.selected?.[ask.question_key];
  if (own) return own;
  if (ask.kind === "checkbox") {
    return ask.option_list.filter((one) => String(one.is_checked) === "true").map((one) => one.id);
  }
  return [ask.selected_id || ask.option_list[0].id];
}

/** Return whether nothing may be chosen: closed by the card, redrawn, or on its way. */
function closed(ask, state, hand) {
  return Boolean(ask.disable || !state.live || hand.waiting);
}

function select(ask, state, hand) {
  const ids = chosen(ask, state, hand);
  const shown = ask.option_list.find((one) => one.id === ids[0])?.text || "";
  const title = ask.title || "请选择";
  return h("button", {
    class: "card-select", type: "button", disabled: closed(ask, state, hand),
    "aria-haspopup": "dialog", "data-question": ask.question_key,
    onclick: async () => {
      const id = await pick(hand.screen, { title, options: ask.option_list, current: ids[0] });
      if (id === null) return;
      hand.picks.set(ask.question_key, [id]);
      hand.again(`[data-question="${CSS.escape(ask.question_key)}"]`);
    },
  }, h("span", { class: "card-select-title", text: title }), h("span", { class: "card-select-value", text: shown }), icon("down"));
}

function checkbox(ask, state, hand, bubble) {
  const ids = chosen(ask, state, hand);
  const many = ask.mode === 1;
  const shut = closed(ask, state, hand);
  return h("fieldset", { class: `card-checks${shut ? " is-shut" : ""}`, disabled: shut },
    h("legend", { class: "sr", text: many ? "可多选" : "请选择一项" }),
    ask.option_list.map((one) => {
      const input = h("input", {
        type: many ? "checkbox" : "radio", name: `${bubble.id}-${ask.question_key}`, value: one.id,
        checked: ids.includes(one.id), "data-option": one.id,
        onchange: () => {
          const now = many ? toggled(ids, one.id, ask.option_list) : [one.id];
          hand.picks.set(ask.question_key, now);
          hand.again(`[data-option="${CSS.escape(one.id)}"]`);
        },
      });
      return h("label", { class: "card-check" }, input, h("span", { class: `tick${many ? "" : " is-round"}` }, icon("check")), h("span", { text: one.text }));
    }));
}

function toggled(ids, id, options) {
  const kept = ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id];
  return options.map((one) => one.id).filter((one) => kept.includes(one));
}

// --- its buttons --------------------------------------------------------------------------------

function buttons(card, state, asks, hand) {
  if (state.replaced) {
    return h("div", { class: "card-buttons" },
      h("button", { class: "card-button is-inert", type: "button", disabled: true, text: state.replaced }));
  }
  const list = card.submit_button
    ? [{ text: card.submit_button.text, key: card.submit_button.key, style: 1 }]
    : card.button_list || [];
  if (!list.length) return null;
  const selected = Object.fromEntries(asks.map((ask) => [ask.question_key, chosen(ask, state, hand)]));
  const empty = asks.some((ask) => ask.kind === "checkbox" && !selected[ask.question_key].length);
  const rows = rowsOf(list);
  return h("div", { class: "card-buttons" }, rows.map((row) =>
    h("div", { class: `card-buttons-row is-${row.length}` }, row.map((one) => button(one, selected, empty, hand)))));
}

function button(one, selected, empty, hand) {
  const waiting = hand.waiting !== null && hand.waiting === one.key;
  const style = [1, 2, 3, 4].includes(one.style) ? one.style : 1;
  const address = one.type === 1;
  return h("button", {
    class: `card-button style-${style}${waiting ? " is-waiting" : ""}`, type: "button",
    disabled: !address && (empty || hand.waiting !== null),
    onclick: () => (address ? hand.open(one.url) : hand.tap({ button: one.key, selected })),
  }, h("span", { text: one.text }), waiting ? h("span", { class: "spinner", "aria-label": "正在提交" }) : null);
}

/** Return the buttons in rows: three short ones share a row, two of middling length do. */
export function rowsOf(list) {
  const lengths = list.map((one) => [...one.text].length);
  if (list.length === 3 && Math.max(...lengths) <= 4) return [list];
  const rows = [];
  for (let at = 0; at < list.length; at += rows[rows.length - 1].length) {
    const pair = at + 1 < list.length && Math.max(lengths[at], lengths[at + 1]) <= 6;
    rows.push(list.slice(at, pair ? at + 2 : at + 1));
  }
  return rows;
}
