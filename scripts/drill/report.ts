/** What the drills found, as it is kept in docs/reliability.json and shown as a table. */
import type { DrillResult } from './drill.ts';

export const REPORT_FILE = 'docs/reliability.json';

export interface DrillReport extends DrillResult {
  readonly name: string;
  readonly seed: number;
  readonly seconds: number;
  /** As YYYY-MM-DD. */
  readonly day: string;
}

/** Markdown: the terminal shows it as well as a document. */
export function drillTable(reports: readonly DrillReport[]): string {
  const lines = reports.map(({ name, day, seed, seconds, figures, failures, skipped }) => {
    const counted = Object.entries(figures).map(([figure, value]) => `${words(figure)} ${value.toLocaleString('en')}`);
    const found = failures.length === 0 ? 'none' : `**${failures.length}**`;
    const told = [...counted, ...(skipped === undefined ? [] : [`not tried: ${skipped}`])].join(', ');
    return `| ${name} | ${told} | ${found} | ${seconds} s | ${seed} | ${day} |`;
  });
  return [
    '| drill | counted | broken promises | took | seed | day |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

const words = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
