/** Derives an option's flag, environment name, kind, default and help from the schema that judges it. */
import { z } from 'zod';

/** One option as a command line sees it. */
export interface Field {
  /** As in the schema: `allowHost`. */
  readonly name: string;
  /** `--allow-host`. */
  readonly flag: string;
  /** `TPE_ALLOW_HOST`; undefined for what is said anew at each call. */
  readonly env: string | undefined;
  /** `pairs` is a text of `old=new,old=new`. */
  readonly kind: 'text' | 'number' | 'choice' | 'list' | 'switch' | 'pairs';
  /** For kind `choice`, as text. */
  readonly choices: readonly string[];
  /** What holds when nothing is said; undefined for "none". */
  readonly default: unknown;
  readonly description: string;
}

/**
 * In the order of the schema. `presets` are defaults that it leaves to somebody else. `hasVariable`: a variable is there for
 * all commands, so it must mean one thing for all. Not by a JSON schema, which takes longer than all commands to load.
 */
export function fieldsOf(
  schema: z.ZodObject,
  hasVariable: (name: string) => boolean,
  presets: Readonly<Record<string, unknown>> = {},
): readonly Field[] {
  return Object.entries(schema.shape).map(([name, given]) => {
    const words = name.replaceAll(/[A-Z]/g, (capital) => `-${capital}`);
    const { value, fallback, description } = unwrapped(given as z.ZodType);
    return {
      name,
      flag: `--${words.toLowerCase()}`,
      env: hasVariable(name) ? `TPE_${words.replaceAll('-', '_').toUpperCase()}` : undefined,
      kind: KINDS.get(value.type) ?? 'text',
      choices: choicesOf(value),
      default: fallback ?? presets[name],
      description,
    };
  });
}

/** What a flag's or a variable's text means; the schema judges it afterwards. */
export function fieldValue(field: Field, text: string): unknown {
  return READ_TEXT[field.kind](text, field);
}

const READ_TEXT: Readonly<Record<Field['kind'], (text: string, field: Field) => unknown>> = {
  text: (text) => text,
  number: numberOrText,
  choice: (text, field) => (typeof field.default === 'number' ? numberOrText(text) : text),
  list: (text) => cutOutsideQuotes(text, ',').flatMap((part) => (part.trim() === '' ? [] : [unquoted(part)])),
  switch: (text) => SWITCH_WORDS.get(text) ?? text,
  pairs: pairsOrText,
};

const SWITCH_WORDS = new Map([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
  ['', false],
]);

/** What is no number stays text, so that the schema names the field and what was wrong. */
function numberOrText(text: string): number | string {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}

/** What is no pair stays text, for the same reason. */
function pairsOrText(text: string): Record<string, string> | string {
  const pairs = cutOutsideQuotes(text, ',').map((pair) => cutOutsideQuotes(pair, '=').map(unquoted));
  return pairs.every((pair) => pair.length === 2) ? Object.fromEntries(pairs) : text;
}

/** A name may stand in double quotes, as in CSV: then it may hold anything, a quote as two. */
const cutOutsideQuotes = (text: string, separator: ',' | '=') =>
  text.split(new RegExp(`(?<=^[^"]*(?:"[^"]*"[^"]*)*)${separator}`));

function unquoted(part: string): string {
  const text = part.trim();
  return /^"[^]*"$/.test(text) && text.length > 1 ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** A name as it must be written in a list or a pair. */
export function listWord(name: string): string {
  return name === '' || /[,="]|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

/** What is in the wrappers, and what these say of it: the outermost counts. */
function unwrapped(schema: z.ZodType): { value: z.ZodType; fallback: unknown; description: string } {
  const own = schema.description;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    const inner = unwrapped(schema.unwrap() as z.ZodType);
    const fallback = schema instanceof z.ZodDefault ? schema.def.defaultValue : inner.fallback;
    return { value: inner.value, fallback, description: own ?? inner.description };
  }
  // Other spellings that are turned into one: what may be typed is what goes in.
  if (schema instanceof z.ZodPipe)
    return { ...unwrapped(schema.in as z.ZodType), ...(own !== undefined && { description: own }) };
  return { value: schema, fallback: undefined, description: own ?? '' };
}

function choicesOf(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  return schema instanceof z.ZodLiteral ? Array.from(schema.values, String) : [];
}

const KINDS: ReadonlyMap<string, Field['kind']> = new Map([
  ['boolean', 'switch'],
  ['array', 'list'],
  ['record', 'pairs'],
  ['number', 'number'],
  ['enum', 'choice'],
  ['literal', 'choice'],
]);

/** The same options where nothing is said for those that are left away: somebody else's values hold for them. */
export function withoutDefaults(schema: z.ZodObject): z.ZodObject {
  const shape = Object.entries(schema.shape).map(([name, given]) => {
    const field = given instanceof z.ZodDefault ? (given.unwrap() as z.ZodType) : (given as z.ZodType);
    return [name, field.optional()] as const;
  });
  return z.strictObject(Object.fromEntries(shape));
}
