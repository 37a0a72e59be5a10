// The line that tells what the playing story does, and the buttons that hold it.

import { api, hands } from "./api.js";
import { groupKey, memberKey } from "./city.js";
import { h } from "./dom.js";
import { notice } from "./sheet.js";

const ENDED = new Set(["ended", "done", "finished"]);

/** Draw the story into `root`; while it plays, `stage` follows whoever acts. */
export function story(root, city, stage) {
  const caption = h("p", { class: "story-caption", "aria-live": "polite" });
  const count = h("span", { class: "story-count" });
  const bar = h("div", { class: "story-progress", "aria-hidden": "true" }, h("i"));
  const act = async (name) => {
    try {
      await api.story(name);
      return true;
    } catch (error) {
      notice(error.status === 404 || error.status === 405 ? "这里没有正在播放的演示。" : error.message);
      return false;
    }
  };
  const button = (words, className, title, pressed) =>
    h("button", { class: `story-button ${className}`, type: "button", text: words, title, onclick: pressed });
  let hold = ""; // why this page holds the story: "take" or "look"; the stream may still say it plays
  let paused = false;
  const pause = button("暂停", "", "停在这一步", () => act("pause"));
  const press = async (name, why = "") => {
    const before = hold;
    hold = why || before; // at once: until the answer is here the story must not pull a phone away
    draw(city.storyNow || {});
    hold = (await act(name)) ? why : before;
    draw(city.storyNow || {}); // its event may have come before the answer
  };
  const resume = button("继续", "is-main", "从这一步接着演示", () => press("resume"));
  const restart = button("重新开始", "", "从第一步演示", () => press("restart"));
  const take = button("接管", "", "停下演示，由您在手机上办理", () => press("pause", "take"));
  root.append(h("div", { class: "story-words" }, count, caption), h("div", { class: "story-buttons" }, pause, resume, restart, take), bar);

  const isPlaying = () => !root.hidden && !pause.hidden;
  // Whoever acts has taken over; whoever only looks at somebody else (on a small screen) stops it.
  hands.addEventListener("act", () => isPlaying() && press("pause", "take"));
  hands.addEventListener("look", () => isPlaying() && press("pause", "look"));

  const draw = (now) => {
    const ended = ENDED.has(now.state);
    const held = now.state === "paused" || ended || hold !== "";
    root.hidden = !now.state;
    document.body.classList.toggle("has-story", Boolean(now.state));
    root.classList.toggle("is-held", held);
    caption.textContent = hold === "take" ? "已由您接管：在任意手机上点选或发消息，即可接着办理。" : now.caption || "";
    count.textContent = now.of ? `${now.step || 0}/${now.of}` : "";
    bar.firstChild.style.setProperty("width", now.of ? `${(100 * (now.step || 0)) / now.of}%` : "0");
    pause.hidden = held;
    resume.hidden = !held || ended;
    take.hidden = hold === "take" || ended;
    if (held || !now.state) stage.calm();
    else if (now.member) stage.show(city.knows(memberKey(now.member)) ? memberKey(now.member) : groupKey(now.member), { live: true });
  };
  city.on("story", (now) => {
    if (now.state !== "playing") paused = true;
    else if (paused) {
      paused = false;
      hold = ""; // it goes on, whoever pressed
    }
    draw(now);
  });
  draw(city.storyNow || {});
}
