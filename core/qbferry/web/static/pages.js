// What pages do beyond what HTML does; but for sending a file, they work without it.
"use strict";

// Times in the zone of the browser, with the zone.
const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" });
function localize(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    const name = zone.formatToParts(at).find((part) => part.type === "timeZoneName");
    time.title = time.dateTime;
    time.textContent = `${zoned.format(at)} ${name ? name.value : ""}`.trim();
  }
}
localize(document);

// A box that ticks all others of its table.
for (const all of document.querySelectorAll("input[data-all]")) {
  all.addEventListener("change", () => {
    for (const one of all.closest("table").querySelectorAll("input[name=id]")) one.checked = all.checked;
  });
}

// A choice that needs no button.
for (const choice of document.querySelectorAll("select[data-submit]")) {
  choice.addEventListener("change", () => choice.form.submit());
}

// A run that goes on: the page is told, and asks for the whole again when the run is over.
for (const live of document.querySelectorAll("[data-events]")) {
  const events = new EventSource(live.dataset.events);
  events.addEventListener("message", (event) => {
    const told = JSON.parse(event.data);
    for (const place of live.querySelectorAll("[data-of]")) place.textContent = told[place.dataset.of] ?? "";
    const bar = live.querySelector("progress");
    if (bar && told.due) { bar.max = told.due; bar.value = told.tried; }
    if (told.ended_at) { events.close(); window.location.reload(); }
  });
}

// Menus close when something else is opened, and with Escape.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches(".menu[open]")) return;
  for (const other of document.querySelectorAll(".menu[open]")) if (other !== event.target) other.open = false;
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(".menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
});

// Files that are dropped go where the chosen ones go.
for (const drop of document.querySelectorAll(".drop")) {
  const input = drop.querySelector("input[type=file]");
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.toggle("over", kind === "dragover"); });
  }
  drop.addEventListener("drop", (event) => { input.files = event.dataTransfer.files; });
}

// A chosen file is sent as it is read, so that its size does not matter.
for (const form of document.querySelectorAll("form[data-upload]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const file = form.elements.file.files[0];
    if (!file) return;
    form.querySelector("progress").hidden = false;
    const to = new URL(form.action);
    to.searchParams.set("entity", form.elements.entity.value);
    to.searchParams.set("name", file.name);
    for (const box of form.querySelectorAll("input[type=checkbox]:checked")) to.searchParams.set(box.name, "yes");
    const headers = { "X-CSRFToken": form.elements.csrftoken.value, "Content-Type": "application/octet-stream" };
    const reply = await fetch(to, { method: "POST", body: file, headers });
    const shown = new DOMParser().parseFromString(await reply.text(), "text/html");
    const main = shown.querySelector("main");
    document.querySelector("main").replaceWith(main);
    localize(main);
    main.focus();
  });
}
