// Draws the figure that the page carries, in the page's own colours.
"use strict";
const figure = document.querySelector("[data-figure]");
figure.hidden = false;
const { data, layout } = JSON.parse(figure.dataset.figure);
const style = getComputedStyle(figure);
const ink = style.getPropertyValue("--bar").trim();
layout.font = { family: style.fontFamily, color: style.color, size: 13 };
for (const axis of [layout.xaxis, layout.yaxis]) axis.gridcolor = style.getPropertyValue("--line").trim();
for (const trace of data) {
  if (trace.type !== "bar") {
    trace.line.color = style.color;
    continue;
  }
  trace.marker.color = ink;
  trace.marker.line.color = ink;
}
Plotly.newPlot(figure, data, layout, { responsive: true, displaylogo: false, displayModeBar: false });
document.querySelector("[data-explore-fallback]").hidden = true;
document.querySelector("[data-explore-lead]").hidden = false;
