/** What an export comes to as a file of customer attributes: its first rows, and what is hardly meant there. */
import { attributeFileWriter } from '../../protocol/attribute-file/from-batch-file.ts';
import { caNames } from '../../protocol/rules/customer-attributes.ts';
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import type { InputWarning, WarningCode } from '../plan/input-warning.ts';
import type { UploadPlan } from '../plan/upload-plan.ts';
import { UploadError } from '../upload-error.ts';

/**
 * A plan of `checkInput` with `sample` in the dialect of such files, and with their own warnings.
 *
 * @throws `options-invalid` for pcIds (ca-ids).
 *
 * @example
 * const plan = await checkInput('crm.csv', { idColumn: 'customer_id' });
 * if (plan.kind === 'plan') console.log(attributesPlan(plan).sample);
 */
export function attributesPlan(plan: UploadPlan): UploadPlan {
  assertCustomerIds(plan);
  const writer = attributeFileWriter(DEFAULT_SETTINGS);
  const sample = plan.sample.map((line) => writer.write(Buffer.from(`${line}\n`)).slice(0, -1));
  const others = plan.warnings.filter(({ code }) => !NO_MATTER.has(code));
  const names = plan.columns.flatMap(({ column, attribute }) => nameWarnings(column, attribute));
  const warnings = [...others.map((warning) => ({ ...warning, ...SAID_OTHERWISE[warning.code] })), ...names];
  return { ...plan, sample, warnings };
}

export function assertCustomerIds({ idKind }: UploadPlan): void {
  if (idKind !== 'pcId') return;
  throw UploadError.ofOptions(['Customer attributes need a customer id, and no pcId (ca-ids).']);
}

/** What depends on how the bulk API reads a body, or on what Target does with profile attributes. */
const NO_MATTER: ReadonlySet<WarningCode> = new Set(['two-readings', 'profile-prefix', 'long-value', 'batch-note']);

const SAID_OTHERWISE: { readonly [Code in WarningCode]?: Pick<InputWarning, 'message' | 'rule'> } = {
  'repeated-id': {
    message: 'The id stood in an earlier row: of rows with one id the last counts, its blank fields too.',
    rule: 'ca-header',
  },
  'empty-column': { message: 'No row has a value in this column: it is removed.', rule: 'ca-null-removes' },
  'short-row': {
    message: 'The row has fewer cells than the header row: what it lacks is removed. Was a delimiter lost?',
    rule: 'ca-null-removes',
  },
  'missing-column': {
    message: 'Not every file has this column: rows of the others remove it.',
    rule: 'ca-null-removes',
  },
};

function nameWarnings(name: string, attribute: string): readonly InputWarning[] {
  const verdict = caNames.decide(attribute);
  if (verdict === 'taken') return [];
  const fault =
    verdict === 'ignored'
      ? ({ rule: 'ca-name-no-blank', message: 'A name with a blank is left aside.' } as const)
      : verdict;
  return [{ code: 'attribute-name', name, rule: fault.rule, message: fault.message, count: 1, first: [] }];
}
