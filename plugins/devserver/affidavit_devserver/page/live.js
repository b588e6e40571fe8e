// Everything that is shown is put in as text, never as markup: it is somebody's data.
"use strict";

const at = (id) => document.getElementById(id);
const made = (tag, text, name) => {
  const one = document.createElement(tag);
  if (text !== undefined) one.textContent = text;
  if (name) one.className = name;
  return one;
};
const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 1));

function part(title, value) {
  const box = made("div");
  box.append(made("h3", title), made("pre", pretty(value)));
  return box;
}

function show(told) {
  const call = told.call;
  const row = made("li");
  const details = made("details");
  const summary = made("summary");
  const good = told.status < 400 && !call.error;
  summary.append(
    new Date(told.at * 1000).toLocaleTimeString() + " " + told.asked + " ",
    made("span", call.error ? "raised " + call.error : String(told.status), good ? "good" : "bad"),
    " " + call.function + ", " + call.milliseconds + " ms, " + call.records.length + " record(s)",
  );
  const parts = made("div", undefined, "parts");
  parts.append(
    part("Request", told.event),
    part("Answer", call.error ? call.error : call.answer),
    part("Records", call.records),
    part("Metrics", call.metrics),
    part("Log, redacted", call.log.join("\n")),
  );
  details.append(summary, parts);
  row.append(details);
  at("none").hidden = true;
  at("calls").prepend(row);
}

function option(list, value, text) {
  const one = made("option", text || value);
  one.value = value;
  list.append(one);
}

async function start() {
  const said = await (await fetch("/_affidavit/service")).json();
  at("service").textContent = said.service;
  at("about").textContent = said.environment + ", policy " + said.policy;
  for (const [name, triggers] of Object.entries(said.functions)) {
    option(at("function"), name, name + (triggers.length ? " (" + triggers.join(", ") + ")" : ""));
  }
  for (const name of said.sources) option(at("source"), name);
  const feed = new EventSource("/_affidavit/events");
  feed.onopen = () => { at("state").textContent = "live"; at("calls").replaceChildren(); };
  feed.onerror = () => { at("state").textContent = "not connected"; };
  feed.addEventListener("call", (event) => show(JSON.parse(event.data)));
  feed.addEventListener("note", (event) => { at("state").textContent = "live; " + JSON.parse(event.data); });
}

function read(text) {
  if (!text.trim()) return null;
  try { return JSON.parse(text); } catch { return text; }
}

at("send").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("sent").textContent = "sending";
  const asked = { function: at("function").value, source: at("source").value || null, body: read(at("body").value) };
  if (at("event").value.trim()) {
    try { asked.event = JSON.parse(at("event").value); } catch { at("sent").textContent = "the event is not JSON"; return; }
  }
  const answer = await fetch("/_affidavit/send", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(asked) });
  const said = await answer.json();
  at("sent").textContent = answer.ok ? (said.error ? "raised " + said.error : "answered") : said.message;
});

start();
