// Refreshes the live power; the page says the same without it.
"use strict";
(() => {
  const shown = document.getElementById("live-power");
  if (!shown) return;
  const numbers = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 0 });
  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch("/api/v1/household/now");
      if (!answer.ok) return;
      const now = await answer.json();
      if (now.power_w !== null) shown.textContent = numbers.format(now.power_w);
    } catch {
      // away from the network: the last figure stays, with its time beside it
    }
  };
  setInterval(refresh, 10000);
})();
