// Starts the page: read the city, put the phones on the table, follow what happens.

import { City } from "./city.js";
import { clock } from "./clock.js";
import { h } from "./dom.js";
import { Chips, openingOrder, People } from "./people.js";
import { notice } from "./sheet.js";
import { Stage } from "./stage.js";
import { story } from "./story.js";

const byId = (id) => document.getElementById(id);

async function start() {
  const city = new City();
  const root = byId("stage");
  try {
    await city.open();
  } catch (error) {
    const again = h("button", { type: "button", text: "再试一次", onclick: () => location.reload() });
    root.append(h("div", { class: "failed" }, h("p", { text: error.message }), again));
    return;
  }
  const link = document.querySelector(".tool-link");
  link.hidden = !city.home;
  link.href = city.home;
  const stage = new Stage(root, city, openingOrder(city));
  new People(byId("people"), city, stage);
  new Chips(byId("people"), city, stage);
  clock(byId("clock"), city, () => stage.phones.forEach((phone) => phone.tick()));
  story(byId("story"), city, stage);
  city.on("line", ({ up }) => {
    document.body.classList.toggle("is-cut-off", !up);
    if (!up) notice("连接已断开，正在重新连接。");
  });
  document.body.classList.add("is-ready");
}

// The bot's pages let themselves be framed by the sandbox's one address only.
if (location.hostname === "localhost") location.hostname = "127.0.0.1";
else start();
