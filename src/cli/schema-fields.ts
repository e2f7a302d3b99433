/** Derives an option's flag, environment name, kind, default and help from the schema that judges it. */
import { z } from 'zod';
import { optionValue, type OptionField } from '../server/index.ts';

/** `pairs` is a text of `old=new,old=new`. */
export type Field = Omit<OptionField, 'kind'> & { readonly kind: OptionField['kind'] | 'pairs' };

export function fieldsOf(schema: z.ZodObject): readonly Field[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, FieldJson>;
  };
  return Object.entries(properties).map(([name, json]) => {
    const words = name.replaceAll(/[A-Z]/g, (capital) => `-${capital}`);
    return {
      name,
      flag: `--${words.toLowerCase()}`,
      env: `TPE_${words.replaceAll('-', '_').toUpperCase()}`,
      kind: kindOf(json),
      choices: (json.enum ?? []).map(String),
      default: json.default,
      description: json.description ?? '',
    };
  });
}

/** What a flag's or a variable's text means; the schema judges it afterwards. */
export function fieldValue({ kind, ...field }: Field, text: string): unknown {
  if (kind !== 'pairs') return optionValue({ ...field, kind }, text);
  const pairs = text.split(',').map((pair) => pair.split('='));
  // What is no pair stays text, so that the schema names the option.
  return pairs.every((pair) => pair.length === 2) ? Object.fromEntries(pairs) : text;
}

interface FieldJson {
  readonly type?: string;
  readonly enum?: readonly (string | number)[];
  readonly default?: unknown;
  readonly description?: string;
}

function kindOf({ enum: choices, type = '' }: FieldJson): Field['kind'] {
  return choices === undefined ? (KINDS.get(type) ?? 'text') : 'choice';
}

const KINDS: ReadonlyMap<string, Field['kind']> = new Map([
  ['boolean', 'switch'],
  ['array', 'list'],
  ['object', 'pairs'],
  ['integer', 'number'],
  ['number', 'number'],
]);
