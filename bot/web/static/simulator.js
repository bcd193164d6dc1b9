// A phone in the browser: who talks, the conversation, and what she does.

import { $, WORDS, calm, el, random, state, store, t, url } from "./dom.js";
import { content, options, spot } from "./message.js";

// --- people, looks, language -------------------------------------------------------------------------------

function newPerson() {
  const taken = new Set(state.people.map((p) => p.name));
  const name = WORDS.names.find((n) => !taken.has(n)) ?? `${WORDS.names[state.people.length % WORDS.names.length]} ${state.people.length}`;
  state.people.push({ key: random(12), name });
  store.set("people", state.people);
  choose(state.people.at(-1).key);
}

function forget(key) {
  state.people = state.people.filter((p) => p.key !== key);
  store.set("people", state.people);
  if (!state.people.length) newPerson();
  else choose(state.key === key ? state.people[0].key : state.key);
  $("new-person").focus();
}

function choose(key) {
  state.key = key;
  store.set("key", key);
  showPeople();
  open();
}

function showPeople() {
  $("people").replaceChildren(...state.people.map((person) => el("li", {},
    el("button", { type: "button", class: "person", "data-key": person.key, "aria-pressed": String(person.key === state.key),
      onclick: () => { choose(person.key); drawer(false); } },
    el("span", { class: `face hue${hue(person.key)}`, "aria-hidden": "true" }, person.name[0]), person.name),
    el("button", { type: "button", class: "round quiet", "aria-label": `${t("forget")}: ${person.name}`, onclick: () => forget(person.key) }, "×"))));
  $("as").textContent = me().name;
}

const me = () => state.people.find((p) => p.key === state.key);
const hue = (key) => [...key].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 6;

function setLook(look) {
  state.look = look;
  store.set("look", look);
  document.documentElement.dataset.look = look;
  document.querySelector(`#looks [value=${look}]`).checked = true;
}

function setLanguage(lang) {
  state.lang = lang;
  store.set("lang", lang);
  document.documentElement.lang = lang;
  document.title = `Oportunidad · ${t("title")}`;
  document.querySelector(`#langs [value=${lang}]`).checked = true;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const name of ["aria-label", "placeholder"])
    for (const node of document.querySelectorAll(`[data-t-${name}]`)) node.setAttribute(name, t(node.getAttribute(`data-t-${name}`)));
  showPeople();
}

function drawer(shown) {
  $("desk").classList.toggle("open", shown);
  $("desk-open").setAttribute("aria-expanded", String(shown));
  if (matchMedia("(max-width: 899px)").matches) (shown ? $("desk-close") : $("desk-open")).focus();
}

// --- the conversation --------------------------------------------------------------------------------------

let talk = null; // the open conversation; another person or look is another one

function open() {
  talk?.stop.abort();
  talk = { stop: new AbortController(), after: "0.0", mine: new Map(), seen: new Set(), day: "", show: Promise.resolve(), fresh: false };
  $("log").replaceChildren();
  $("log").setAttribute("aria-busy", "true");
  status("online");
  listen(talk);
}

async function listen(now) {
  const where = () => `/simulator/api/messages?look=${state.look}&key=${state.key}&after=${now.after}${now.fresh ? "" : "&wait=0"}`;
  while (!now.stop.signal.aborted) {
    try {
      const answer = await fetch(where(), { signal: now.stop.signal });
      if (!answer.ok) throw new Error(answer.status);
      const news = await answer.json();
      if (now.stop.signal.aborted) return;
      now.after = news.after;
      const history = !now.fresh;
      if ($("status").dataset.t === "offline") status("online");
      for (const message of news.messages) now.show = now.show.then(() => appear(now, message, history));
      if (history) {
        now.fresh = true;
        now.show = now.show.then(() => { $("log").removeAttribute("aria-busy"); invite(now); });
      }
    } catch {
      if (now.stop.signal.aborted) return;
      status("offline");
      await new Promise((done) => setTimeout(done, 2000));
    }
  }
}

async function appear(now, message, history) {
  if (now !== talk || now.seen.has(message.direction + message.seq)) return;
  now.seen.add(message.direction + message.seq);
  if (message.direction === "in") {
    if (!now.mine.has(message.id)) now.mine.set(message.id, bubble(now, message));
    tick(now.mine.get(message.id), "stored");
    return;
  }
  for (const mine of now.mine.values()) if (mine.dataset.state === "stored") tick(mine, "read");
  if (!history && !calm.matches) {
    status("typing");
    dots(true);
    await new Promise((done) => setTimeout(done, Math.min(350 + message.text.length * 3, 1100)));
    if (now !== talk) return;
  }
  dots(false);
  status("online");
  bubble(now, message);
}

function bubble(now, message) {
  $("log").querySelector(".empty")?.remove();
  const at = new Date(message.at ?? Date.now());
  dayLine(now, at);
  const mine = message.direction === "in";
  const foot = el("span", { class: "foot" }, el("time", { datetime: at.toISOString() }, at.toLocaleTimeString(state.lang, { hour: "2-digit", minute: "2-digit" })));
  if (mine) foot.append(el("span", { class: "ticks", role: "img" }));
  const body = el("div", { class: "bubble" }, content(message), foot);
  const node = el("div", { class: `row ${mine ? "mine" : "theirs"}` }, body);
  const extra = options(message, act);
  if (extra) (state.look === "telegram" ? node : body).append(extra);
  $("log").append(node);
  $("log").scrollTo({ top: $("log").scrollHeight, behavior: calm.matches || !now.fresh ? "auto" : "smooth" });
  return node;
}

function dayLine(now, at) {
  const day = at.toDateString();
  if (day === now.day) return;
  now.day = day;
  const ago = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 864e5);
  const label = ago === 0 ? el("span", { word: "today" }) : ago === 1 ? el("span", { word: "yesterday" })
    : el("span", {}, at.toLocaleDateString(state.lang, { day: "numeric", month: "long", year: "numeric" }));
  $("log").append(el("div", { class: "day" }, label));
}

function invite(now) {
  if (now !== talk || $("log").childElementCount) return;
  const telegram = state.look === "telegram";
  $("log").append(el("div", { class: "empty" }, el("p", { word: "empty" }), el("p", { word: "empty_hint" }),
    el("button", { type: "button", word: telegram ? "start" : "hello", onclick: () => act(telegram ? { start: "" } : { text: t("hello") }) })));
}

function dots(shown) {
  $("log").querySelector(".dots")?.remove();
  if (!shown) return;
  $("log").append(el("div", { class: "row theirs dots", "aria-hidden": "true" }, el("div", { class: "bubble" }, el("i"), el("i"), el("i"))));
  $("log").scrollTop = $("log").scrollHeight;
}

function status(word) {
  $("status").dataset.t = word;
  $("status").textContent = t(word);
}

function tick(node, word) {
  node.dataset.state = word;
  const mark = node.querySelector(".ticks");
  mark.textContent = { sending: "◷", stored: "✓", read: "✓✓", failed: "!" }[word];
  mark.setAttribute("aria-label", t(word));
}

// --- what she does -----------------------------------------------------------------------------------------

function act(what) {
  const now = talk;
  const id = random(20);
  const kind = ["tap", "media", "location", "start"].find((k) => what[k] !== undefined) ?? (what.phone ? "contact" : "text");
  const node = bubble(now, { direction: "in", kind, media: what.media, text: what.text ?? what.title ?? what.start ?? "" });
  now.mine.set(id, node);
  send(now, node, { look: state.look, key: state.key, name: me().name, language: state.lang, id, ...what });
}

async function send(now, node, said) {
  tick(node, "sending");
  node.querySelector(".retry")?.remove();
  try {
    const answer = await fetch("/simulator/api/send", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(said) });
    if (!answer.ok) throw new Error(answer.status);
    if (node.dataset.state === "sending") tick(node, "stored");
  } catch {
    // the same id again: what did arrive is not stored twice
    tick(node, "failed");
    node.append(el("div", { class: "retry", role: "alert" }, el("span", { word: "failed" }), el("button", { type: "button", word: "retry", onclick: () => send(now, node, said) })));
  }
}

// --- controls ----------------------------------------------------------------------------------------------

function grow() {
  $("text").style.height = "auto";
  $("text").style.height = `${Math.min($("text").scrollHeight, 132)}px`;
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  grow();
  act({ text });
});
$("text").addEventListener("input", grow);
$("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});
$("sheet").addEventListener("click", (event) => {
  const { media, place } = event.target.closest("button")?.dataset ?? {};
  if (media) act({ media });
  else if (place) act({ location: spot(Number(place)) });
  else return;
  $("attach").open = false;
  $("text").focus();
});
$("code-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = $("code").value.trim();
  drawer(false);
  if (state.look === "telegram") act({ start: code });
  else {
    // a wa.me link can only fill in a text; she sends it herself
    $("text").value = t("code_text").replace("{code}", code);
    grow();
    $("text").focus();
  }
});
$("looks").addEventListener("change", (event) => { setLook(event.target.value); open(); });
$("langs").addEventListener("change", (event) => setLanguage(event.target.value));
$("new-person").addEventListener("click", () => { newPerson(); drawer(false); $("text").focus(); });
$("desk-open").addEventListener("click", () => drawer(true));
$("desk-close").addEventListener("click", () => drawer(false));
$("phone").addEventListener("click", (event) => { if ($("desk").classList.contains("open") && !event.target.closest("#desk-open")) drawer(false); });
document.addEventListener("click", (event) => { if (!event.target.closest("#attach")) $("attach").open = false; });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  $("attach").open = false;
  if ($("desk").classList.contains("open")) drawer(false);
});

setLook(state.look);
if (url.searchParams.get("start")) $("code").value = url.searchParams.get("start");
if (!state.people.length) newPerson();
else choose(me() ? state.key : state.people[0].key);
setLanguage(state.lang);
