/** Lines over time, drawn as SVG, and told in words to those who do not see them. */

import { html } from "../lib/html.js";
import { number, t } from "../lib/i18n.js";

const WIDTH = 480;
const HEIGHT = 150;
const LEFT = 6;
const TOP = 10;
const FLOOR = HEIGHT - 20;

/** lines: {name, points: [{at, value}]}. unit: of the values. */
export function Chart({ title, lines, unit = "", digits = 1 }) {
  const all = lines.flatMap((line) => line.points);
  const now = lines.map((line) => ({ ...line, last: line.points.at(-1)?.value }));
  const told = now.map((line) => `${line.name} ${shown(line.last, digits)} ${unit}`).join(", ");
  const top = ceiling(Math.max(0, ...all.map((point) => point.value)));
  const [from, until] = [Math.min(...all.map((point) => point.at)), Math.max(...all.map((point) => point.at))];
  const place = ({ at, value }) => `${(LEFT + ((at - from) / Math.max(1, until - from)) * (WIDTH - 2 * LEFT)).toFixed(1)},${(FLOOR - (value / top) * (FLOOR - TOP)).toFixed(1)}`;
  return html`<figure class="card chart">
    <figcaption><strong>${title}</strong>
      <span class="keys">${now.map((line, n) => html`<span class=${`key line-${n}`}><i></i>${line.name} <b>${shown(line.last, digits)}</b> ${unit}</span>`)}</span>
    </figcaption>
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${`${title}: ${told}`} preserveAspectRatio="none">
      ${[TOP, (TOP + FLOOR) / 2, FLOOR].map((y) => html`<line class="rule" x1="0" x2=${WIDTH} y1=${y} y2=${y} />`)}
      ${lines.map((line, n) => line.points.length > 1 && html`<polyline class=${`line line-${n}`} points=${line.points.map(place).join(" ")} />`)}
    </svg>
    <p class="small axis"><span>${all.length > 1 ? t("chart.ago", { n: Math.round(until - from) }) : t("chart.waiting")}</span><span>${t("chart.top", { top: shown(top, top < 3 ? 1 : 0), unit })}</span></p>
  </figure>`;
}

/** The least of 1, 2, 5, 10, 20 … that nothing is above. */
function ceiling(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 0.5)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= most);
}

function shown(value, digits) {
  return value === undefined ? "–" : number(value, digits);
}
