// Words, elements and what the browser keeps.

export const WORDS = JSON.parse(document.getElementById("words").textContent);
export const $ = (id) => document.getElementById(id);
export const calm = matchMedia("(prefers-reduced-motion: reduce)");
export const url = new URL(location.href);

export const store = {
  get(name, other) {
    try { return JSON.parse(localStorage.getItem(`oportunidad.${name}`)) ?? other; } catch { return other; }
  },
  set(name, value) {
    try { localStorage.setItem(`oportunidad.${name}`, JSON.stringify(value)); } catch { /* a private window keeps nothing */ }
  },
};

export const state = {
  lang: url.searchParams.get("lang") || store.get("lang", document.documentElement.lang),
  look: url.searchParams.get("look") || store.get("look", "whatsapp"),
  people: store.get("people", []),
  key: store.get("key", ""),
};
if (!WORDS.languages[state.lang]) state.lang = "es";
if (state.look !== "telegram") state.look = "whatsapp";

export const t = (word) => WORDS.languages[state.lang][word] ?? word;

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "word") { node.dataset.t = value; node.textContent = t(value); }
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// crypto.randomUUID is only there on https and localhost, and a phone may come over the local network
export function random(length) {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (b) => letters[b % letters.length]).join("");
}
