// Asks for the page again now and then and puts what is new in its place, unless it is being read or used.
"use strict";
const main = document.querySelector("main");
const everyMs = 1000 * Number(document.querySelector("[data-again-s]").dataset.againS);

async function refresh() {
  if (document.hidden || main.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const told = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = told.querySelector("main");
  if (fresh.innerHTML !== main.innerHTML) main.replaceChildren(...fresh.childNodes);
}

setInterval(() => refresh().catch(() => {}), everyMs);
