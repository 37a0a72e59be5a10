// Building elements: text is always set as text, so nothing a person typed becomes markup.

const SVG = "http://www.w3.org/2000/svg";

/** Return a new element; `props` are attributes, `on*` listeners, `text`, `vars` (CSS variables). */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name === "vars") {
      for (const [key, one] of Object.entries(value)) element.style.setProperty(`--${key}`, one);
    } else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value === "boolean") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

const PATHS = {
  back: "M15 4.5 7.5 12l7.5 7.5",
  chevron: "M9 5.5 15.5 12 9 18.5",
  down: "M5.5 9 12 15.5 18.5 9",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5.5v13M5.5 12h13",
  check: "M5 12.5l4.5 4.5L19 7.5",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.6-3.6 3.7-5.5 7.5-5.5s6.9 1.9 7.5 5.5",
  dots: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  keyboard: "M3.5 6.5h17v11h-17zM7 10h.01M10.3 10h.01M13.7 10h.01M17 10h.01M8 14h8",
  lines: "M4.5 7h15M4.5 12h15M4.5 17h15",
  photo: "M4 5.5h16v13H4zM4 15.5l4.5-4 4 3.5 3-2.5 4.5 3.5M15.5 9.2h.01",
  words: "M4.5 5.5h15v10.5h-8.5l-4 3.5v-3.5h-2.5zM8 9.3h8M8 12.3h5",
  outside: "M13.5 4.5h6v6M19.5 4.5 11 13M17.5 14v5.5h-13v-13H10",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  group: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.5-3.3 3-5 6.5-5s6 1.7 6.5 5M15.5 5a3.3 3.3 0 0 1 0 6.3M17.5 14.8c2.2.6 3.6 2.2 4 4.7",
  file: "M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5",
  swap: "M7 8.5h12l-3.5-3.5M17 15.5H5l3.5 3.5",
  seal: "M7 3.5h10v17l-5-3-5 3zM9.8 8h4.4M9.8 11.5h4.4",
  calendar: "M4.5 6h15v14h-15zM4.5 10.5h15M8.5 3.5v4M15.5 3.5v4",
  clock: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7v5.3l3.5 2",
};

/** Return a line drawing of 24 by 24; it says nothing to a screen reader. */
export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Return a square portrait with the end of a name, as the chat app draws people without one. */
export function portrait(name, colour, extra = "") {
  const letters = [...String(name).replace(/(老师|家长|女士|先生)$/, "")].slice(-2).join("");
  return h("span", {
    class: `portrait ${extra}`.trim(), text: letters, "aria-hidden": "true", vars: { tint: colour },
  });
}

/** Return the app's own portrait. */
export function appPortrait(extra = "") {
  return h("span", { class: `portrait is-app ${extra}`.trim(), "aria-hidden": "true" }, icon("seal"));
}

/** Return a group's portrait. */
export function groupPortrait(extra = "") {
  return h("span", { class: `portrait is-group ${extra}`.trim(), "aria-hidden": "true" }, icon("group"));
}

const PLATFORMS = { wecom: "企业微信", dingtalk: "钉钉", kf: "微信客服", wechat: "公众号" };

/** Return the name of a platform as a small mark, or nothing. */
export function platformTag(platform) {
  if (!platform) return null;
  return h("span", { class: `platform is-${platform}`, text: PLATFORMS[platform] });
}

/** Return a red mark with a number, or nothing. */
export function badge(count, extra = "") {
  if (!count) return null;
  const text = count > 99 ? "99+" : String(count);
  return h("span", { class: `badge ${extra}`.trim(), text, "aria-label": `${count}条未读` });
}
