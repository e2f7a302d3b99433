/** Our grammar against CSV libraries on the same cells, each in a process of its own. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ORDINARY, writeBatchFile } from '../batch-files.ts';
import type { BenchContext } from '../context.ts';
import { interleaved, median, medianRatio, rounded } from '../measure.ts';
import { installedPeer } from '../peers/install-peer.ts';
import type { ParseResult, ParseSpec } from '../roles/parse.ts';
import { runRole } from '../roles/run-role.ts';

export async function parser(context: BenchContext): Promise<object> {
  const { plan, directory } = context;
  const batchFile = join(directory, 'parse.batch');
  writeBatchFile(batchFile, { ...ORDINARY, rows: plan.batchRows });
  const megabytes = statSync(batchFile).size / 1e6;
  const installed = plan.peers === 'none' ? 'not in a quick run' : await installedPeer(context, 'csv-parse', '7.0.3');
  const csvParse =
    typeof installed === 'string'
      ? undefined
      : pathToFileURL(join(installed.directory, 'node_modules/csv-parse/lib/sync.js')).href;

  const counted: Pick<ParseResult, 'cells' | 'characters'>[] = [];
  const run = (name: ParseSpec['parser']) => async () => {
    const { seconds, cells, characters } = await runRole('parse', {
      parser: name,
      batchFile,
      rounds: 1,
      ...(csvParse !== undefined && { csvParse }),
    });
    counted.push({ cells, characters });
    return median(seconds);
  };
  const absent = () => Promise.resolve(Number.NaN);
  const figures = await interleaved(plan.rounds, {
    ours: run('ours'),
    papaparse: run('papaparse'),
    csvParse: csvParse === undefined ? absent : run('csv-parse'),
  });
  context.judge('parserPapaparse', medianRatio(figures.papaparse, figures.ours));
  if (typeof installed === 'string') {
    context.cannotJudge('parserCsvParse', `csv-parse could not be had: ${installed}`);
  } else {
    context.judge('parserCsvParse', medianRatio(figures.csvParse, figures.ours));
  }
  rmSync(batchFile);
  const [first] = counted;
  if (counted.some(({ cells, characters }) => cells !== first?.cells || characters !== first.characters)) {
    throw new Error('The parsers disagree on what the file holds.');
  }
  const megabytesPerSecond = Object.fromEntries(
    Object.entries(figures).map(([name, seconds]) => [name, rounded(megabytes / median(seconds))]),
  );
  context.say(`  MB/s: ${JSON.stringify(megabytesPerSecond)}`);
  return { megabytesPerSecond, cells: first?.cells };
}
