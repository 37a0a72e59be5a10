// The browser inside a phone: a page of the bot over the chat, with its own bar.

import { api } from "./api.js";
import { h, icon } from "./dom.js";
import { notice } from "./sheet.js";

const INSIDE = /^(dtmd|dingtalk):/i; // links that DingTalk alone follows: words to say, pages to open
const HERE = /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/;

/**
 * Open `address` on a phone (null: a group's screen, nobody signs in).
 *
 * Pages of this machine open over the chat, others in a new tab: the page's policy frames no
 * stranger.
 */
export async function browse(screen, phone, address) {
  let url = address;
  if (phone !== null) {
    try {
      if (INSIDE.test(url)) url = (await api.link(phone, url)).open;
      if (!url) return;
      ({ url } = await api.open(phone, url));
    } catch (error) {
      notice(error.message);
      return;
    }
  }
  if (!HERE.test(url)) {
    window.open(url, "_blank", "noopener");
    return;
  }
  screen.querySelector(".browser")?.remove();
  screen.append(overlay(url));
}

function overlay(url) {
  const before = document.activeElement;
  const close = () => {
    view.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
  const frame = h("iframe", {
    class: "browser-page", src: url, title: "网页", referrerpolicy: "no-referrer",
    sandbox: "allow-scripts allow-forms allow-same-origin allow-popups allow-downloads allow-modals",
  });
  const shut = h("button", { class: "browser-close", type: "button", onclick: close }, icon("close"), h("span", { text: "关闭" }));
  const view = h("section", {
    class: "browser", role: "dialog", "aria-label": "网页",
    onkeydown: (event) => event.key === "Escape" && close(),
  },
    h("div", { class: "browser-bar" },
      shut,
      h("span", { class: "browser-host", text: new URL(url).host }),
      h("a", { class: "browser-out", href: url, target: "_blank", rel: "noopener", "aria-label": "在新窗口打开" }, icon("outside"))),
    h("div", { class: "browser-progress" }),
    frame);
  frame.addEventListener("load", () => view.classList.add("is-loaded"));
  queueMicrotask(() => shut.focus({ preventScroll: true }));
  return view;
}
