// What slides over a phone's screen: a list to pick from, and a picture seen whole.

import { h, icon } from "./dom.js";

/**
 * Offer `options` ({id, text}) in a sheet from the bottom of `screen`.
 *
 * Resolves with the id, or null when it was closed. Escape, the shade and 取消 close it; focus
 * goes to the chosen (or first) row and back to where it was.
 */
export function pick(screen, { title, options, current }) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const done = (id) => {
      if (!shade.isConnected) return;
      shade.classList.remove("is-up");
      shade.addEventListener("transitionend", () => shade.remove(), { once: true });
      setTimeout(() => shade.remove(), 400);
      if (before?.isConnected) before.focus({ preventScroll: true });
      resolve(id);
    };
    const rows = options.map((one) =>
      h("button", {
        class: "sheet-row", type: "button", role: "option", "data-id": one.id,
        "aria-selected": String(one.id === current), onclick: () => done(one.id),
      }, h("span", { text: one.text }), one.id === current ? icon("check") : null));
    const sheet = h("div", { class: "sheet", role: "dialog", "aria-modal": "true", "aria-label": title },
      h("div", { class: "sheet-title", text: title }),
      h("div", { class: "sheet-rows", role: "listbox", "aria-label": title }, rows),
      h("button", { class: "sheet-cancel", type: "button", text: "取消", onclick: () => done(null) }));
    const shade = h("div", {
      class: "shade", onclick: (event) => event.target === shade && done(null),
      onkeydown: (event) => keys(event, shade, done),
    }, sheet);
    raise(screen, shade, rows.find((row) => row.dataset.id === current) || rows[0]);
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
  event.preventDefault();
  const stops = [...shade.querySelectorAll("button")];
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
