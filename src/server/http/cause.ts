/** The header that tells three things apart: the API would say this, you asked for this fault, the emulator is broken. */
import type { RuleId } from '../../protocol/vocabulary/index.ts';

const CAUSE_HEADER = 'x-emulator-cause';

export const ruleCause = (rule: RuleId): Record<string, string> => ({ [CAUSE_HEADER]: `rule/${rule}` });
export const faultCause = (name: string): string => `fault/${name}`;
export const bugCause = (id: string): Record<string, string> => ({ [CAUSE_HEADER]: `bug/${id}` });
