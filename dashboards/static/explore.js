// Draws the figure that the table below it tells in words.
"use strict";
addEventListener("DOMContentLoaded", async () => {
  const place = document.getElementById("figure");
  const answer = await fetch(place.dataset.figure);
  if (!answer.ok) return;
  const figure = await answer.json();
  Plotly.newPlot(place, figure.data, figure.layout, { responsive: true, displaylogo: false });
});
