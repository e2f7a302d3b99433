/** The columns of a file of customer attributes: what others know of it, and of one that waits what its application asks for. */
import type { ClientCode, FileFault, FileStatus } from '../../protocol/vocabulary/index.ts';
import type { RowLoss } from './batch-columns.ts';
import { flag, json, optional, plain } from './columns.ts';
import type { StoredSettings } from './stored-settings.ts';

export const fileColumns = {
  sequence: plain<number>('sequence'),
  client: plain<ClientCode>('client.code'),
  alias: plain<string>('alias'),
  name: plain<string>('name'),
  status: plain<FileStatus>('status'),
  /** As uploaded. */
  bytes: plain<number>('bytes'),
  receivedAt: plain<number>('received_at'),
  fin: optional<string>('fin'),
  isPacked: flag('is_packed'),
  dueAt: optional<number>('due_at'),
  endedAt: optional<number>('ended_at'),
  fault: json<FileFault>('fault'),
  /** Known once it is judged good; of these `skipped` broke a rule. */
  rows: plain<number>('rows'),
  skipped: plain<number>('skipped'),
  created: plain<number>('created'),
  appliedRows: plain<number>('applied_rows'),
  bodyBytes: plain<number>('body_bytes'),
  /** Where a fault asked for it (ca-loss). */
  loss: json<FileLoss>('loss'),
};

export const headFileColumns = ({ read }: StoredSettings) => ({
  ...fileColumns,
  generation: plain<number>('generation'),
  dueAt: plain<number>('due_at'),
  bodyChecksum: optional<number>('body_checksum'),
  /** Where the stretch begins that is applied, and how many of its rows are: where to go on after a restart. */
  appliedBytes: plain<number>('applied_bytes'),
  stretchRows: plain<number>('stretch_rows'),
  settings: { sql: 'settings', of: read },
});

/** Rows that were lost so far, and the numbers of the first 100, in the order of application. */
export interface FileLoss extends RowLoss {
  readonly count: number;
  readonly first: readonly number[];
}
