/** The CSV file of an upload step, as a source that can be opened again. */
import type { UploadSource } from '../../client/index.ts';
import { csvCell } from '../workload/crm-export.ts';
import type { UploadStep } from './step.ts';

export function csvSource({ number, idKind, columns, rows }: UploadStep): UploadSource {
  const text = [[idKind, ...columns], ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
  const bytes = Buffer.from(text);
  async function* open() {
    yield bytes;
  }
  return { name: `upload-${number}.csv`, open, bytes: bytes.length };
}
