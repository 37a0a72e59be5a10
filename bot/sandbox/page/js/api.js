// The sandbox's calls, and its stream of what happens. Addresses and shapes: the sandbox package.

/** A call that did not work; `message` is a sentence for the person, `detail` the sandbox's own. */
export class CallError extends Error {
  constructor(message, status = 0, detail = "") {
    super(message);
    this.status = status;
    this.detail = detail;
  }
}

async function call(path, method = "GET", body = undefined) {
  const form = body instanceof FormData;
  const headers = body !== undefined && !form ? { "Content-Type": "application/json" } : {};
  let response;
  try {
    response = await fetch(path, {
      method, headers, body: body === undefined || form ? body : JSON.stringify(body),
    });
  } catch {
    throw new CallError("没有连上演示服务，请稍候再试。");
  }
  const json = (response.headers.get("Content-Type") || "").includes("json");
  const answer = json ? await response.json() : {};
  if (!response.ok) throw new CallError(sentence(response.status), response.status, answer.error);
  return answer;
}

function sentence(status) {
  if (status === 409) return "现在不能这样操作，请看手机上的最新内容。";
  if (status === 404) return "没有找到这一项。";
  if (status === 413) return "文件太大，请换一个小一些的。";
  return "演示服务没有完成这一步，请稍候再试。";
}

/** Tells `act` when somebody types or taps on a phone, `look` when they pick whose it is. */
export const hands = new EventTarget();

function act(...asked) {
  hands.dispatchEvent(new Event("act"));
  return call(...asked);
}

const phone = (id, finger) => `/sandbox/phones/${encodeURIComponent(id)}/${finger}`;

/** Send a file from a phone; `agent` is the app of WeCom that it is meant for. */
function send(id, finger, part, file, agent) {
  const form = new FormData();
  form.append(part, file, file.name);
  const query = agent === undefined ? "" : `?agent=${encodeURIComponent(agent)}`;
  return act(phone(id, finger) + query, "POST", form);
}

export const api = {
  phones: () => call("/sandbox/phones"),
  screen: (id) => call(`/sandbox/phones/${encodeURIComponent(id)}`),
  group: (id, viewer) =>
    call(`/sandbox/groups/${encodeURIComponent(id)}${viewer ? `?as=${encodeURIComponent(viewer)}` : ""}`),
  say: (id, text, where) => act(phone(id, "say"), "POST", { text, ...where }),
  tap: (id, wish) => act(phone(id, "tap"), "POST", wish),
  menu: (id, key, agent) => act(phone(id, "menu"), "POST", { key, agent }),
  link: (id, url) => act(phone(id, "link"), "POST", { url }),
  enter: (id, agent) => call(phone(id, "enter"), "POST", { agent }),
  read: (id) => call(phone(id, "read"), "POST", {}),
  open: (id, url) => call(phone(id, "open"), "POST", { url }),
  photo: (id, file, agent) => send(id, "photo", "image", file, agent),
  file: (id, file) => send(id, "file", "file", file),
  clockSteps: () => call("/sandbox/clock/steps"),
  moveClock: (now) => call("/sandbox/clock", "POST", { now }),
  story: (act) => call(`/sandbox/story/${act}`, "POST", {}),
};

const KINDS = [
  "bubble", "redraw", "unread", "dingtalk.bubble", "dingtalk.redraw", "dingtalk.unread",
  "kf.bubble", "kf.unread", "wechat.bubble", "wechat.unread",
  "group", "clock", "story", "reset",
];

/**
 * Listen from `since` on. `hear(kind, data)` gets each event, `line(up)` whether the stream stands.
 * The browser reconnects by itself and names the last event it saw.
 */
export function listen(since, hear, line) {
  const stream = new EventSource(`/sandbox/events?since=${since}`);
  for (const kind of KINDS) {
    stream.addEventListener(kind, (event) => hear(kind, JSON.parse(event.data)));
  }
  stream.addEventListener("open", () => line(true));
  stream.addEventListener("error", () => line(false));
  return stream;
}
