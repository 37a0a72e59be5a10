// Progress while files go up. Without it the form posts itself and everything works the same.
"use strict";

(() => {
  const words = {
    sending: (percent) => `正在上传 ${percent}%，请不要关闭本页`,
    checking: "已传完，正在检查文件",
    failed: "网络中断，没有传完。已收到的材料都在，请再试一次。",
    large: (name, most) => `“${name}”超过 ${most} MB，请压缩后再选，或者分成几份。`,
    together: "一次选的文件太多太大，请分几次上传。",
  };
  const megabyte = 1024 * 1024;

  const size = (bytes) =>
    bytes < megabyte ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / megabyte).toFixed(1)} MB`;

  const begin = () => {
    const form = document.getElementById("upload");
    if (!form) return;
    document.body.classList.add("scripted");
    const files = document.getElementById("files");
    const picked = document.getElementById("picked");
    const send = document.getElementById("send");
    const progress = document.getElementById("progress");
    const bar = document.getElementById("bar");
    const say = document.getElementById("say");

    const tell = (text) => {
      progress.hidden = false;
      say.textContent = text;
    };
    const trouble = (text) => {
      bar.hidden = true;
      tell(text);
      send.disabled = false;
    };
    const weighed = () => {
      const most = Number(form.dataset.most);
      const chosen = Array.from(files.files);
      const large = chosen.find((file) => file.size > most);
      if (large) return words.large(large.name, Math.floor(most / megabyte));
      const all = chosen.reduce((sum, file) => sum + file.size, 0);
      return all > Number(form.dataset.mostAtOnce) * 0.99 ? words.together : "";
    };

    const part = (name, text) => {
      const words = document.createElement("span");
      words.className = name;
      words.textContent = text;
      return words;
    };
    const line = (file) => {
      const row = part("picker__file", "");
      row.append(part("picker__file-name", file.name), part("picker__file-size", size(file.size)));
      return row;
    };

    files.addEventListener("change", () => {
      const lines = Array.from(files.files, line);
      picked.replaceChildren(...(lines.length ? lines : ["点这里选择文件"]));
      const heavy = weighed();
      if (heavy) trouble(heavy);
      else progress.hidden = true;
    });

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const heavy = weighed();
      if (heavy) {
        trouble(heavy);
        return;
      }
      const request = new XMLHttpRequest();
      request.open("POST", location.pathname);
      request.upload.addEventListener("progress", (sent) => {
        if (!sent.lengthComputable) return;
        const percent = Math.floor((100 * sent.loaded) / sent.total);
        bar.value = percent;
        tell(percent < 100 ? words.sending(percent) : words.checking);
      });
      request.addEventListener("load", () => {
        const answer = new DOMParser().parseFromString(request.responseText, "text/html");
        const page = answer.getElementById("page");
        if (!page) {
          trouble(words.failed);
          return;
        }
        document.getElementById("page").replaceWith(page);
        window.scrollTo(0, 0);
        begin();
      });
      request.addEventListener("error", () => trouble(words.failed));
      send.disabled = true;
      bar.hidden = false;
      bar.value = 0;
      tell(words.sending(0));
      request.send(new FormData(form));
    });
  };

  begin();
})();
