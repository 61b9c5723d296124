// Asks for the power of the moment every ten seconds while the page is looked at.
"use strict";
const EVERY_MS = 10_000;
const LATE_MS = 600_000;
const live = document.querySelector("[data-live]");
const power = live.querySelector("[data-live-power] strong");
const time = live.querySelector("[data-live-time]");
const margin = live.querySelector("[data-live-limit]");
const late = live.querySelector("[data-live-late]");
const language = document.documentElement.lang;
const unit = power?.textContent.replace(/^[\d\s.,\u202f]+/, "");
const watts = (power_w) =>
  `${new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(power_w)}\u00a0${unit}`;
const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Europe/Paris" };

let toldMs = late.hidden ? Date.now() : 0;

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(live.dataset.live, { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  const told = await answer.json();
  if (told.at_utc === null) return;
  if (!power) return location.reload();
  const at = new Date(told.at_utc);
  toldMs = at.getTime();
  if (isLate()) return;
  power.textContent = watts(told.power_w);
  tellMargin(told.power_w);
  time.textContent = at.toLocaleTimeString(language, clock);
}

function tellMargin(power_w) {
  if (!margin) return;
  const left_w = margin.dataset.liveLimit - power_w;
  if (left_w < 0 !== margin.classList.contains("over")) return location.reload();
  margin.querySelector("strong").textContent = watts(Math.abs(left_w));
}

const isLate = () => Date.now() - toldMs > LATE_MS;

function tryRefresh() {
  return refresh()
    .catch(() => {})
    .finally(() => (late.hidden = !isLate()));
}

setInterval(tryRefresh, EVERY_MS);
document.addEventListener("visibilitychange", tryRefresh);
