// The little markup the chat app knows, built as elements; everything else stays plain text.

import { h } from "./dom.js";

const ANCHOR = /<a\s+href=(["'])(.*?)\1[^>]*>([\s\S]*?)<\/a>/i;
const ADDRESS = /https?:\/\/[^\s<>"'，。；、！？（）【】《》]+/i;
const INLINE = new RegExp(
  [
    /\*\*(?<bold>[^\n]+?)\*\*/, /\[(?<label>[^\]\n]+)\]\((?<address>[^)\s]+)\)/, /`(?<code>[^`\n]+)`/,
    /<font color=["'](?<colour>info|comment|warning)["']>(?<coloured>[\s\S]*?)<\/font>/,
    /<@(?<who>[^>\s]+)>/,
  ].map((one) => one.source).join("|"),
);

/** Return a link that opens inside the phone; an address that leads nowhere stays text. */
export function link(label, address, open) {
  if (!/^(https?|dtmd|dingtalk):\/\//i.test(address)) return document.createTextNode(label);
  return h("a", {
    class: "link", href: address, text: label,
    onclick: (event) => {
      event.preventDefault();
      event.stopPropagation();
      open(address);
    },
  });
}

/** Return the nodes of a text message: links of the app are drawn, a person's own are not. */
export function textNodes(text, open, { anchors = true } = {}) {
  const nodes = [];
  let rest = text;
  while (rest) {
    const found = [anchors ? ANCHOR.exec(rest) : null, ADDRESS.exec(rest)].filter(Boolean);
    const first = found.sort((one, other) => one.index - other.index)[0];
    if (!first) break;
    nodes.push(unbroken(rest.slice(0, first.index)));
    const isAnchor = first[3] !== undefined;
    nodes.push(link(isAnchor ? first[3] : first[0], isAnchor ? first[2] : first[0], open));
    rest = rest.slice(first.index + first[0].length);
  }
  return [...nodes, unbroken(rest)].flat();
}

/** Return `text` with its numbers kept in one piece: 26-0302-0187, 2026-09-30, 09:02. */
function unbroken(text) {
  return text.split(/(\d+(?:[-:]\d+)+)/).map((part, at) => (at % 2 ? h("span", { class: "number", text: part }) : part));
}

function inline(text, open) {
  const nodes = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    nodes.push(rest.slice(0, found.index));
    const got = found.groups;
    if (got.bold !== undefined) nodes.push(h("strong", {}, inline(got.bold, open)));
    else if (got.label !== undefined) nodes.push(link(got.label, got.address, open));
    else if (got.code !== undefined) nodes.push(h("code", { text: got.code }));
    else if (got.who !== undefined) nodes.push(h("span", { class: "mention", text: `@${got.who}` }));
    else nodes.push(h("span", { class: `font-${got.colour}` }, inline(got.coloured, open)));
    rest = rest.slice(found.index + found[0].length);
  }
  return [...nodes, rest];
}

/** Return the blocks of a markdown message (the subset of D90236). */
export function markdownNodes(text, open) {
  const blocks = [];
  let quote = null;
  for (const line of text.split("\n")) {
    const quoted = /^>\s?(.*)$/.exec(line);
    if (quoted) {
      if (!quote) blocks.push((quote = h("blockquote")));
      quote.append(h("p", {}, inline(quoted[1], open)));
      continue;
    }
    quote = null;
    const heading = /^(#{1,6}) (.*)$/.exec(line);
    if (heading) blocks.push(h(`h${Math.min(heading[1].length + 2, 6)}`, { class: `head-${heading[1].length}` }, inline(heading[2], open)));
    else blocks.push(h("p", {}, line ? inline(line, open) : h("br")));
  }
  return blocks;
}

/** Return the nodes of a textcard's description: line breaks and three kinds of lines. */
export function descriptionNodes(text) {
  const nodes = [];
  const marks = /<br\s*\/?>|<div class=(["'])(gray|highlight|normal)\1>([\s\S]*?)<\/div>/gi;
  let from = 0;
  for (const found of text.matchAll(marks)) {
    nodes.push(text.slice(from, found.index));
    nodes.push(found[2] ? h("div", { class: `line-${found[2]}`, text: found[3] }) : h("br"));
    from = found.index + found[0].length;
  }
  return [...nodes, text.slice(from)];
}
