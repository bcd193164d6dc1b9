// One message as elements. Everything that people or the service wrote is put in by textContent.

import { WORDS, el, state } from "./dom.js";

const SIGNS = { image: ["📷", "photo"], audio: ["🎤", "audio"], document: ["📄", "document"], video: ["🎬", "video"], sticker: ["🌟", "sticker"] };

export function content(message) {
  const kind = message.direction === "in" ? message.kind : "text";
  if (kind === "media") return sign(...(SIGNS[message.media] ?? SIGNS.document));
  if (kind === "location") return sign("📍", "location");
  if (kind === "contact") return sign("👤", "contact");
  if (kind === "start") return el("div", { class: "text" }, `/start ${message.text}`.trim());
  const text = el("div", { class: "text", dir: "auto" });
  rich(text, message.text);
  return text;
}

const sign = (icon, word) => el("div", { class: "sign" }, el("span", { class: "icon", "aria-hidden": "true" }, icon), el("span", { word }));

// *bold* as WhatsApp writes it, and web addresses; all else stays letters
function rich(node, text) {
  const marks = /(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])|https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g;
  let end = 0;
  for (const found of text.matchAll(marks)) {
    node.append(text.slice(end, found.index));
    if (found[1] !== undefined) node.append(el("strong", {}, found[1]));
    else node.append(el("a", { href: found[0], target: "_blank", rel: "noopener noreferrer" }, found[0]));
    end = found.index + found[0].length;
  }
  node.append(text.slice(end));
}

export function options(message, act) {
  const pressed = (option) => (event) => {
    event.currentTarget.classList.add("pressed");
    event.currentTarget.closest("details")?.removeAttribute("open");
    act({ tap: option.id, title: option.title });
  };
  const buttons = (message.options ?? []).map((o) => el("button", { type: "button", "data-option": o.id, onclick: pressed(o) }, o.title));
  if (message.ask_contact) buttons.push(el("button", { type: "button", word: "share_contact", onclick: () => act({ phone: WORDS.phone }) }));
  if (message.ask_location) buttons.push(el("button", { type: "button", word: "share_location", onclick: () => act({ location: spot(0) }) }));
  if (!buttons.length) return null;
  const group = el("div", { class: "options" }, ...buttons);
  // WhatsApp shows three buttons at most; more go behind a list
  return state.look === "whatsapp" && buttons.length > 3 ? el("details", { class: "list" }, el("summary", { word: "options" }), group) : group;
}

export const spot = (index) => ({ latitude: WORDS.places[index].latitude, longitude: WORDS.places[index].longitude });
