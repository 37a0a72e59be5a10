// What slides over a phone's screen: lists to pick from, a date, and a picture seen whole.

import { h, icon } from "./dom.js";
import { parts } from "./times.js";
import { Wheel } from "./wheel.js";

const YEARS_BACK = 2;
const YEARS_ON = 6;

/**
 * Offer `options` ({id, text}) in a sheet from the bottom of `screen`.
 *
 * Resolves with the id, or null when it was closed. Escape, the shade and 取消 close it; focus
 * goes to the chosen (or first) row and back to where it was.
 */
export function pick(screen, { title, options, current }) {
  return slide(screen, title, (done) => {
    const rows = options.map((one) =>
      h("button", {
        class: "sheet-row", type: "button", role: "option", "data-id": one.id,
        "aria-selected": String(one.id === current), onclick: () => done(one.id),
      }, h("span", { text: one.text }), one.id === current ? icon("check") : null));
    return {
      inside: h("div", { class: "sheet-rows", role: "listbox", "aria-label": title }, rows),
      first: rows.find((row) => row.dataset.id === current) || rows[0],
    };
  });
}

/** Offer `options` of which several may be chosen; resolves with their ids, or null. */
export function pickMany(screen, { title, options, current }) {
  const chosen = new Set(current);
  return slide(screen, title, () => {
    const rows = options.map((one) => {
      const row = h("button", {
        class: "sheet-row", type: "button", role: "option", "data-id": one.id, "aria-selected": String(chosen.has(one.id)),
        onclick: () => {
          if (!chosen.delete(one.id)) chosen.add(one.id);
          row.setAttribute("aria-selected", String(chosen.has(one.id)));
        },
      }, h("span", { text: one.text }), icon("check"));
      return row;
    });
    return {
      inside: h("div", { class: "sheet-rows is-many", role: "listbox", "aria-multiselectable": "true", "aria-label": title }, rows),
      first: rows[0],
      answer: () => options.map((one) => one.id).filter((id) => chosen.has(id)),
    };
  });
}

/** Ask for a day, `current` or today's shown first; resolves with 2026-03-12, or null. */
export function pickDate(screen, { title, current, now }) {
  const today = parts(now);
  const [year, month, date] = (current || `${today.year}-${today.month}-${today.date}`).split("-").map(Number);
  const first = Math.min(year, today.year - YEARS_BACK);
  const rows = (count, text) => Array.from({ length: count }, (_, at) => ({ text: text(at) }));
  const years = new Wheel("年", rows(today.year + YEARS_ON - first, (at) => `${first + at}年`));
  const months = new Wheel("月", rows(12, (at) => `${at + 1}月`));
  const days = new Wheel("日", rows(31, (at) => `${at + 1}日`));
  const two = (number) => String(number).padStart(2, "0");
  const answer = () => {
    const last = new Date(Date.UTC(first + years.at, months.at + 1, 0)).getUTCDate(); // February has no 31st
    return `${first + years.at}-${two(months.at + 1)}-${two(Math.min(days.at + 1, last))}`;
  };
  const asked = slide(screen, title, () => ({
    inside: h("div", { class: "sheet-rows" }, h("div", { class: "wheel" }, years.element, months.element, days.element)),
    first: years.element, answer,
  }));
  years.turn(year - first);
  months.turn(month - 1);
  days.turn(date - 1);
  return asked;
}

/** Slide a sheet in; `build(done)` returns what is `inside`, gets the focus `first`, and is the `answer`. */
function slide(screen, title, build) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const done = (answer) => {
      if (!shade.isConnected) return;
      shade.classList.remove("is-up");
      shade.addEventListener("transitionend", () => shade.remove(), { once: true });
      setTimeout(() => shade.remove(), 400);
      if (before?.isConnected) before.focus({ preventScroll: true });
      resolve(answer);
    };
    const { inside, first, answer } = build(done);
    const sheet = h("div", { class: "sheet", role: "dialog", "aria-modal": "true", "aria-label": title },
      h("div", { class: "sheet-title", text: title }),
      inside,
      answer ? h("button", { class: "sheet-done", type: "button", text: "确定", onclick: () => done(answer()) }) : null,
      h("button", { class: "sheet-cancel", type: "button", text: "取消", onclick: () => done(null) }));
    const shade = h("div", {
      class: "shade", onclick: (event) => event.target === shade && done(null),
      onkeydown: (event) => keys(event, shade, done),
    }, sheet);
    raise(screen, shade, first);
  });
}

/** Show a picture over the whole screen until it is tapped. */
export function viewPicture(screen, url, name) {
  const before = document.activeElement;
  const close = () => {
    shade.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
  const shut = h("button", { class: "viewer-close", type: "button", "aria-label": "关闭图片" }, icon("close"));
  const shade = h("div", {
    class: "shade is-viewer", role: "dialog", "aria-modal": "true", "aria-label": name || "图片",
    onclick: close, onkeydown: (event) => keys(event, shade, close),
  }, h("img", { src: url, alt: name || "图片" }), shut);
  raise(screen, shade, shut);
}

function raise(screen, shade, first) {
  screen.append(shade);
  shade.getBoundingClientRect(); // the starting position must be drawn before it moves
  shade.classList.add("is-up");
  first?.focus({ preventScroll: true });
}

/** Escape closes; Tab and the arrows stay inside. */
function keys(event, shade, done) {
  if (event.key === "Escape") {
    event.stopPropagation();
    done(null);
    return;
  }
  const step = { Tab: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  if (event.target.getAttribute("role") === "spinbutton" && event.key !== "Tab") return; // a wheel turns by itself
  event.preventDefault();
  const stops = [...shade.querySelectorAll("button, [role=spinbutton]")];
  const at = stops.indexOf(document.activeElement);
  stops[(at + step + stops.length) % stops.length].focus();
}

let hide = 0;

/** Say one calm sentence at the foot of the page for a few seconds. */
export function notice(sentence) {
  const place = document.getElementById("notice");
  place.textContent = sentence;
  place.classList.add("is-shown");
  clearTimeout(hide);
  hide = setTimeout(() => place.classList.remove("is-shown"), 4000);
}
