/** Draws time per row and peak memory over the number of profiles, as SVG. */

export interface GrowthPoint {
  readonly profiles: number;
  readonly microsecondsPerRow: number;
  readonly peakMiB: number | undefined;
}

const WIDTH = 720;
const HEIGHT = 300;
const PANEL = { width: 280, height: 200, top: 50 };

export function growthPlot(points: readonly GrowthPoint[]): string {
  const memory = points.flatMap(({ profiles, peakMiB }) =>
    peakMiB === undefined ? [] : [{ x: profiles, y: peakMiB }],
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${panel(
  60,
  'microseconds a row, v2 batch onto existing profiles',
  points.map(({ profiles, microsecondsPerRow }) => ({ x: profiles, y: microsecondsPerRow })),
  '#2563eb',
)}
${memory.length === 0 ? '' : panel(410, 'peak memory of the server, MiB', memory, '#b45309')}
</svg>
`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Profiles on a logarithmic axis; the other from 0. */
function panel(left: number, title: string, points: readonly Point[], colour: string): string {
  const { width, height, top } = PANEL;
  const bottom = top + height;
  const first = Math.log10(points[0]!.x);
  const last = Math.log10(points.at(-1)!.x);
  const most = niceCeiling(Math.max(...points.map(({ y }) => y)));
  const x = (value: number) => left + ((Math.log10(value) - first) / (last - first || 1)) * width;
  const y = (value: number) => bottom - (value / most) * height;
  const at = (value: number) => value.toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = most * share;
    return `<line x1="${left}" x2="${left + width}" y1="${at(y(value))}" y2="${at(y(value))}" stroke="#ddd"/>
<text x="${left - 6}" y="${at(y(value) + 4)}" text-anchor="end">${Number(value.toPrecision(3))}</text>`;
  });
  const marks = points.map(
    (point) => `<circle cx="${at(x(point.x))}" cy="${at(y(point.y))}" r="3" fill="${colour}"/>
<text x="${at(x(point.x))}" y="${at(y(point.y) - 8)}" text-anchor="middle">${Number(point.y.toPrecision(3))}</text>
<text x="${at(x(point.x))}" y="${bottom + 16}" text-anchor="middle">${short(point.x)}</text>`,
  );
  const line = points.map((point) => `${at(x(point.x))},${at(y(point.y))}`).join(' ');
  return `<text x="${left}" y="${top - 22}" font-size="13">${title}</text>
${grid.join('\n')}
<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>
${marks.join('\n')}
<text x="${left + width / 2}" y="${bottom + 34}" text-anchor="middle">profiles in the store</text>`;
}

function niceCeiling(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  return Math.ceil((value * 1.15) / (unit / 2)) * (unit / 2);
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e3 ? `${value / 1e3}k` : String(value);
}
