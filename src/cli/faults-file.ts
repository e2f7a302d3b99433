/** Reads the faults that an emulator starts with: JSON, as `PUT /__emulator/faults` takes it. */
import { readFile } from 'node:fs/promises';
import { faultSetSchema, type FaultSet } from '../server/index.ts';
import { Problem } from './problem.ts';

export async function readFaultsFile(path: string): Promise<FaultSet> {
  const result = faultSetSchema.safeParse(parsedJson(path, await readFile(path, 'utf8')));
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path: at, message }) =>
    at.length === 0 ? message : `${at.join('.')}: ${message}`,
  );
  throw badFaults(`${path}: ${issues.join('; ')}`);
}

function parsedJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badFaults(`${path}: it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const badFaults = (message: string) => new Problem(message, { reason: 'invalidInput', code: 'bad-faults' });
