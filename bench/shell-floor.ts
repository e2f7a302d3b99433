/** The `sqlite3` shell doing the same with a batch file: the floor that needs no program of anybody's. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { headerRow, type Shape } from './batch-files.ts';
import { timed } from './measure.ts';

/** Seconds of a whole `.import` into a new keyed table. */
export function shellImport(database: string, file: string, shape: Shape): Promise<number> {
  return shell(database, `${PRAGMAS}\n${createTable(shape)}\n${importLine(file, 'profile')}\n`);
}

/** A table to update later, of several batch files; how long it takes is nobody's figure. */
export async function shellPopulate(database: string, files: readonly string[], shape: Shape): Promise<void> {
  const imports = files.map((file) => importLine(file, 'profile')).join('\n');
  await shell(
    database,
    `PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1048576;\n${createTable(shape)}\n${imports}\n`,
  );
}

/** Seconds of `.import` into a temporary table and one UPDATE..FROM. */
export function shellUpdate(database: string, file: string, shape: Shape): Promise<number> {
  const columns = headerRow(shape).slice(1);
  const sets = columns.map((column) => `${column} = stage.${column}`).join(', ');
  return shell(
    database,
    `${PRAGMAS}
CREATE TEMP TABLE stage (key TEXT, ${columns.map((column) => `${column} TEXT`).join(', ')});
${importLine(file, 'stage', '--schema temp ')}
UPDATE profile SET ${sets} FROM stage WHERE profile.key = stage.key;
`,
  );
}

export function shellDatabase(directory: string, name: string): string {
  return join(directory, `shell-${name}.db`);
}

const PRAGMAS = `PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;`;

function createTable(shape: Shape): string {
  const columns = headerRow(shape).slice(1);
  return `CREATE TABLE profile (key TEXT PRIMARY KEY, ${columns.map((column) => `${column} TEXT`).join(', ')});`;
}

/** The header row, `batch=` and all, is skipped as a line. */
function importLine(file: string, table: string, options = ''): string {
  return `.import --csv --skip 1 ${options}${file} ${table}`;
}

async function shell(database: string, script: string): Promise<number> {
  const { seconds } = await timed(async () => {
    const child = spawn('sqlite3', ['-bail', database], { stdio: ['pipe', 'ignore', 'inherit'] });
    const closed = once(child, 'close');
    child.stdin.end(script);
    const [code] = await closed;
    if (code !== 0) throw new Error(`sqlite3 ended with ${String(code)}.`);
  });
  return seconds;
}
