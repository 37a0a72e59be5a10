// The bar at the foot of a chat: words, the app's menu, pictures, ready phrases.

import { api } from "./api.js";
import { browse } from "./browser.js";
import { h, icon } from "./dom.js";
import { notice, pick } from "./sheet.js";

const PHRASES = ["备案", "继续", "还差什么", "进度", "待办", "上一步", "保存", "帮助", "人工"];
const ASKED = ["云阅读有备案吗", "反映", "帮助"]; // what parents write
const QUICK = ["备案", "待办", "进度", "帮助"]; // what a robot of DingTalk offers above the keyboard
const MOST_LINES = 5;

/** Return the bar of one member's chat with one app. */
export function composer(member, app, screen) {
  const { phone } = member;
  const agent = app?.agent_id;
  const onDingTalk = member.platform === "dingtalk";
  const deliver = async (sending) => {
    try {
      const told = await sending;
      if (told.open) await browse(screen, phone, told.open);
      else if (told.delivered === false) notice("助手暂时没有应答，消息已留在手机上。");
    } catch (error) {
      notice(error.message);
    }
  };

  const box = h("textarea", {
    class: "composer-text", rows: 1, enterkeyhint: "send", placeholder: onDingTalk ? "发消息" : null, "aria-label": `以${member.name}的身份发消息`,
    oninput: () => grow(),
    onkeydown: (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      send();
    },
    onfocus: () => tray(false),
  });
  const grow = () => {
    box.style.height = "auto";
    const line = parseFloat(getComputedStyle(box).lineHeight) || 22;
    box.style.height = `${Math.min(box.scrollHeight, line * MOST_LINES + 16)}px`;
    bar.classList.toggle("has-words", box.value.trim() !== "");
  };
  const send = () => {
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    grow();
    deliver(api.say(phone, text, { agent }));
  };

  const chooser = (accept, sending) => {
    const input = h("input", {
      class: "sr", type: "file", accept, tabindex: "-1", "aria-hidden": "true",
      onchange: () => {
        const [file] = input.files;
        input.value = "";
        tray(false);
        if (file) deliver(sending(file));
      },
    });
    return input;
  };
  const photo = chooser("image/jpeg,image/png", (file) => api.photo(phone, file, agent));
  // On WeCom a document stays on the phone: the app never hears of it.
  const paper = onDingTalk ? chooser(null, (file) => api.file(phone, file)) : null;
  const phrases = async () => {
    const words = ["kf", "wechat"].includes(member.platform) ? ASKED : PHRASES;
    const options = words.map((text) => ({ id: text, text }));
    const text = await pick(screen, { title: "常用语", options });
    tray(false);
    if (text) deliver(api.say(phone, text, { agent }));
  };
  const drawer = h("div", { class: "tray", hidden: true },
    tile("photo", "照片", () => photo.click()),
    paper && tile("file", "文件", () => paper.click()),
    tile("words", "常用语", phrases),
    photo, paper);
  const plus = h("button", {
    class: "composer-plus", type: "button", "aria-label": "更多", "aria-expanded": "false", onclick: () => tray(drawer.hidden),
  }, icon("plus"));
  const tray = (up) => {
    drawer.hidden = !up;
    plus.setAttribute("aria-expanded", String(up));
  };

  const menu = app?.menu?.length ? menuRow(app.menu, screen, (key) => deliver(api.menu(phone, key, agent))) : null;
  const toggle = menu
    ? h("button", {
        class: "composer-mode", type: "button", "aria-label": "切换菜单与键盘",
        onclick: () => {
          tray(false);
          const on = bar.classList.toggle("is-menu");
          toggle.replaceChildren(icon(on ? "keyboard" : "lines"));
          if (!on) box.focus();
        },
      }, icon("lines"))
    : null;
  const bar = h("form", {
    class: "composer", onsubmit: (event) => {
      event.preventDefault();
      send();
    },
  },
    onDingTalk ? quickRow(QUICK, (text) => deliver(api.say(phone, text, {}))) : null,
    h("div", { class: "composer-row" },
      toggle,
      menu,
      box,
      plus,
      h("button", { class: "composer-send", type: "submit", text: "发送" })),
    drawer);
  return bar;
}

/** Return the bar of a group in which a robot hears what mentions it. */
export function groupComposer(member, group) {
  const mention = `@${group.robots[0]}`;
  const box = h("input", {
    class: "composer-text", type: "text", enterkeyhint: "send", placeholder: `发消息，${mention} 才会回应`,
    "aria-label": `以${member.name}的身份在群里发消息`, autocomplete: "off",
    oninput: () => bar.classList.toggle("has-words", box.value.trim() !== ""),
  });
  const send = async () => {
    const at = box.value.includes(mention);
    const text = box.value.replace(mention, "").trim();
    if (!text) return;
    box.value = "";
    bar.classList.remove("has-words");
    try {
      const told = await api.say(member.phone, text, { group: group.id, at });
      if (at && !told.delivered) notice("助手暂时没有应答，消息已留在群里。");
    } catch (error) {
      notice(error.message);
    }
  };
  const call = () => {
    if (!box.value.includes(mention)) box.value = `${mention} ${box.value}`;
    bar.classList.add("has-words");
    box.focus();
  };
  const bar = h("form", {
    class: "composer", onsubmit: (event) => {
      event.preventDefault();
      send();
    },
  },
    quickRow([mention], call),
    h("div", { class: "composer-row" }, box, h("button", { class: "composer-send", type: "submit", text: "发送" })));
  return bar;
}

function quickRow(words, act) {
  return h("div", { class: "quick" }, words.map((text) =>
    h("button", { class: "quick-word", type: "button", text, onclick: () => act(text) })));
}

function tile(drawing, words, act) {
  return h("button", { class: "tile", type: "button", onclick: act }, h("span", {}, icon(drawing)), words);
}

function menuRow(items, screen, act) {
  const tap = async (item) => {
    const { sub_button: under } = item;
    if (!under?.length) {
      act(item.key || item.url);
      return;
    }
    const options = under.map((one) => ({ id: one.key || one.url, text: one.name }));
    const key = await pick(screen, { title: item.name, options });
    if (key) act(key);
  };
  return h("div", { class: "composer-menu" }, items.map((item) =>
    h("button", { type: "button", onclick: () => tap(item) },
      item.sub_button?.length ? icon("lines", "is-small") : null, item.name)));
}
