// The wheel that turns the demo's clock: everybody's present follows it.

import { api } from "./api.js";
import { h, icon } from "./dom.js";
import { notice } from "./sheet.js";
import { anHourLater, clockTime, dateLine, HOUR, isoAt, midnight, MINUTE, nextMorning, nextWorkday, parts } from "./times.js";
import { Wheel } from "./wheel.js";

const DAYS_BACK = 7;
const DAYS_ON = 400;

const counted = (from, to, row) => Array.from({ length: to - from + 1 }, (_, at) => row(from + at));
const twoDigits = (unit) => (number) => ({ text: `${String(number).padStart(2, "0")}${unit}` });

/** Draw the clock into `root`; `tick()` is called with each minute it shows. */
export function clock(root, city, tick) {
  const date = h("span", { class: "clock-date" });
  const time = h("b", { class: "clock-time" });
  const face = h("button", {
    class: "clock-face", type: "button", "aria-expanded": "false", "aria-haspopup": "dialog", "aria-label": "演示时钟",
    onclick: () => toggle(panel.hidden),
  }, icon("clock"), date, time, icon("down"));
  const first = parts(city.now()).day - DAYS_BACK;
  const days = new Wheel("日期", counted(first, first + DAYS_BACK + DAYS_ON, (day) => {
    const at = midnight(day);
    return { text: dateLine(at), quiet: [0, 6].includes(parts(at).weekday) };
  }));
  const hours = new Wheel("时", counted(0, 23, twoDigits("时")));
  const minutes = new Wheel("分", counted(0, 59, twoDigits("分")));
  const turned = () => midnight(first + days.at) + hours.at * HOUR + minutes.at * MINUTE;
  const follow = (instant) => {
    const at = parts(instant);
    days.turn(at.day - first);
    hours.turn(at.hour);
    minutes.turn(at.minute);
  };
  const move = async (instant) => {
    try {
      await api.moveClock(isoAt(instant));
      follow(instant);
      offer();
    } catch (error) {
      notice(error.status === 409 ? "这里的时钟不能拨动。" : error.message);
    }
  };
  const step = (words, title, from) =>
    h("button", { class: "clock-step", type: "button", text: words, title, onclick: () => move(from(city.now())) });
  const steps = h("div", { class: "clock-steps" },
    step("+1小时", "过一小时", anHourLater),
    step("次日 08:40", "第二天上午汇总的时间", nextMorning),
    step("+1个工作日", "下一个周一至周五的同一时间，不计节假日调休", nextWorkday));
  // Who knows the office's calendar offers its days; a sandbox by itself knows Monday to Friday.
  const offer = async () => {
    try {
      const offered = await api.clockSteps();
      if (!offered.length) return;
      // The finger stays where it was, and so does what the keyboard reaches.
      const held = [...steps.children].indexOf(document.activeElement);
      steps.replaceChildren(...offered.map(({ words, now }) => {
        const at = Date.parse(now);
        return step(words, `${dateLine(at)} ${clockTime(at)}`, () => at);
      }));
      steps.children[held]?.focus();
    } catch {
      // What stands there already will do.
    }
  };
  const panel = h("div", { class: "clock-panel", role: "dialog", "aria-label": "拨动演示时钟", hidden: true },
    h("p", { text: "拨动后，期限、提醒和汇总都按新的时间进行。" }),
    steps,
    h("form", {
      class: "clock-set", onsubmit: (event) => {
        event.preventDefault();
        move(turned());
      },
    },
      h("div", { class: "wheel" }, days.element, hours.element, minutes.element),
      h("button", { type: "submit", text: "拨到此时" })));
  const toggle = (up) => {
    panel.hidden = !up;
    face.setAttribute("aria-expanded", String(up));
    if (!up) return;
    follow(city.now());
    offer();
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
