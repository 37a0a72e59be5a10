// The wheel that turns the demo's clock: everybody's present follows it.

import { api } from "./api.js";
import { h, icon } from "./dom.js";
import { notice } from "./sheet.js";
import { anHourLater, clockTime, dateLine, fromInput, inputValue, isoAt, nextMorning, nextWorkday } from "./times.js";

/** Draw the clock into `root`; `tick()` is called with each minute it shows. */
export function clock(root, city, tick) {
  const date = h("span", { class: "clock-date" });
  const time = h("b", { class: "clock-time" });
  const face = h("button", {
    class: "clock-face", type: "button", "aria-expanded": "false", "aria-haspopup": "dialog", "aria-label": "演示时钟",
    onclick: () => toggle(panel.hidden),
  }, icon("clock"), date, time, icon("down"));
  const input = h("input", { type: "datetime-local", "aria-label": "日期和时间" });
  const move = async (instant) => {
    try {
      await api.moveClock(isoAt(instant));
      input.value = inputValue(instant);
    } catch (error) {
      notice(error.status === 409 ? "这里的时钟不能拨动。" : error.message);
    }
  };
  const step = (words, title, from) =>
    h("button", { class: "clock-step", type: "button", text: words, title, onclick: () => move(from(city.now())) });
  const panel = h("div", { class: "clock-panel", role: "dialog", "aria-label": "拨动演示时钟", hidden: true },
    h("p", { text: "拨动后，期限、提醒和汇总都按新的时间进行。" }),
    h("div", { class: "clock-steps" },
      step("+1小时", "过一小时", anHourLater),
      step("次日 08:40", "第二天上午汇总的时间", nextMorning),
      step("+1个工作日", "下一个周一至周五的同一时间，不计节假日调休", nextWorkday)),
    h("form", {
      class: "clock-set", onsubmit: (event) => {
        event.preventDefault();
        const instant = fromInput(input.value);
        if (instant === null) notice("请选择日期和时间。");
        else move(instant);
      },
    }, input, h("button", { type: "submit", text: "拨到此时" })));
  const toggle = (up) => {
    panel.hidden = !up;
    face.setAttribute("aria-expanded", String(up));
    if (up) input.value = inputValue(city.now());
  };
  root.append(face, panel);
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    toggle(false);
    face.focus();
  });
  document.addEventListener("pointerdown", (event) => !root.contains(event.target) && toggle(false));

  let shown = "";
  const draw = () => {
    const now = city.now();
    date.textContent = dateLine(now);
    time.textContent = clockTime(now);
    const words = date.textContent + time.textContent;
    if (words !== shown) tick();
    shown = words;
  };
  city.on("clock", draw);
  setInterval(draw, 1000);
  draw();
}
