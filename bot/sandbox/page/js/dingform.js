// The form of an interactive card (form-variables): its fields, what is written in them, what is sent.

import { h, icon } from "./dom.js";
import { pick, pickDate, pickMany } from "./sheet.js";

const NUMBER = /^-?\d+(\.\d+)?$/;
const LISTS = { SELECT: pick, MULTI_SELECT: pickMany };

/** Draw `fields` with the button that sends them; what is filled in stays in `hand.picks`. */
export function drawForm(shown, fields, hand) {
  const seen = fields.filter((one) => !one.hidden);
  const waiting = hand.waiting === shown.form_key;
  const form = h("form", {
    class: "ding-form", novalidate: true,
    onsubmit: (event) => {
      event.preventDefault();
      const wrong = seen.find((one) => complaint(one, hand));
      if (!wrong) hand.tap({ action: "form", params: { key: shown.form_key, form: answers(fields, hand) } });
      else {
        hand.say(complaint(wrong, hand));
        const place = form.querySelector(`[data-field="${CSS.escape(wrong.name)}"]`);
        place.classList.add("is-missing");
        place.querySelector("button, input, textarea").focus();
      }
    },
  },
    seen.map((one) => field(one, hand)),
    h("button", {
      class: `card-button tone-main${waiting ? " is-waiting" : ""}`, type: "submit", disabled: hand.waiting !== null,
    }, h("span", { text: shown.form_text || "提交" }), waiting ? h("span", { class: "spinner", "aria-label": "正在提交" }) : null));
  return form;
}

function field(one, hand) {
  return h("div", { class: "ding-field", "data-field": one.name },
    h("span", { class: "ding-label", "aria-hidden": "true" }, one.label, one.required ? h("i", { text: "*" }) : null),
    one.type in LISTS ? list(one, hand) : one.type === "DATE" ? day(one, hand) : text(one, hand));
}

/** Return what stands in a field: filled in here, or set by the card. */
function standing(one, hand) {
  if (hand.picks.has(one.name)) return hand.picks.get(one.name);
  const given = one.defaultValue?.value ?? one.defaultValue;
  return given ?? (one.type === "MULTI_SELECT" ? [] : "");
}

function filled(one, hand) {
  const now = standing(one, hand);
  return Array.isArray(now) ? now.length > 0 : String(now).trim() !== "";
}

/** Return why a field cannot be sent as it stands, or nothing. */
function complaint(one, hand) {
  if (!filled(one, hand)) return one.required ? one.requiredMsg || `请填写“${one.label}”。` : "";
  return one.type === "NUMBER" && !NUMBER.test(standing(one, hand)) ? `“${one.label}”请填数字。` : "";
}

function answers(fields, hand) {
  const sent = fields.filter((one) => filled(one, hand)).map((one) => {
    const now = standing(one, hand);
    const place = (value) => one.options.findIndex((option) => option.value === value);
    if (one.type === "MULTI_SELECT") return [one.name, { index: now.map(place), value: now }];
    if (one.type === "SELECT") return [one.name, { index: place(now), value: now }];
    if (one.type === "NUMBER") return [one.name, Number(now)];
    return [one.name, now];
  });
  return Object.fromEntries(sent);
}

function closed(one, hand) {
  return Boolean(one.readOnly || hand.waiting !== null);
}

function opener(one, hand, words, drawing, ask) {
  return h("button", {
    class: `ding-control${words ? "" : " is-empty"}`, type: "button", disabled: closed(one, hand),
    "aria-haspopup": "dialog", "aria-label": `${one.label}：${words || "未填写"}`,
    onclick: async () => {
      const answer = await ask();
      if (answer === null) return;
      hand.picks.set(one.name, answer);
      hand.again(`[data-field="${CSS.escape(one.name)}"] button`);
    },
  }, h("span", { text: words || one.placeholder || "请选择" }), icon(drawing));
}

function list(one, hand) {
  const now = standing(one, hand);
  const options = one.options.map((option) => ({ id: option.value, text: option.text }));
  const words = options.filter((option) => [now].flat().includes(option.id)).map((option) => option.text).join("、");
  return opener(one, hand, words, "down", () => LISTS[one.type](hand.screen, { title: one.label, options, current: now }));
}

function day(one, hand) {
  const now = standing(one, hand);
  return opener(one, hand, now, "calendar", () => pickDate(hand.screen, { title: one.label, current: now, now: hand.now() }));
}

function text(one, hand) {
  const long = one.type === "TEXT_AREA";
  const box = h(long ? "textarea" : "input", {
    class: "ding-control", disabled: closed(one, hand), "aria-label": one.label, placeholder: one.placeholder || "请输入",
    type: long ? null : "text", inputmode: one.type === "NUMBER" ? "decimal" : null,
    rows: long ? one.minRows || 3 : null, autocomplete: "off",
    oninput: () => {
      hand.picks.set(one.name, box.value);
      box.closest(".ding-field").classList.remove("is-missing");
    },
  });
  box.value = standing(one, hand);
  return box;
}
