/** From the schema that judges options to their flags, variables and help, and from what was given back to checked values. */
import { Option, type Command } from 'commander';
import { z } from 'zod';
import type { Settings } from '../protocol/vocabulary/index.ts';
import type { Environment } from './environment.ts';
import { wrongUsage } from './problem.ts';

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
  /** Where the documents leave a choice: in help these stand together. */
  readonly isReading: boolean;
}

/**
 * In the order of the schema. `readings` are the defaults that it leaves to `mode`. `hasVariable`: a variable is there for all
 * commands, so it must mean one thing for all. Not by a JSON schema, which takes longer than all commands to load.
 */
export function fieldsOf(
  schema: z.ZodObject,
  hasVariable: (name: string) => boolean,
  readings: Partial<Settings> = {},
): readonly Field[] {
  return Object.entries(schema.shape).map(([name, given]) => {
    const words = name.replaceAll(/[A-Z]/g, (capital) => `-${capital}`);
    const { value, fallback, description } = unwrapped(given as z.ZodType);
    return {
      name,
      flag: `--${words.toLowerCase()}`,
      env: hasVariable(name) ? `TPE_${words.replaceAll('-', '_').toUpperCase()}` : undefined,
      kind: KINDS[value.type] ?? 'text',
      choices: choicesOf(value),
      default: fallback ?? readings[name as keyof Settings],
      description,
      isReading: name in readings,
    };
  });
}

const KINDS: Readonly<Partial<Record<string, Field['kind']>>> = {
  boolean: 'switch',
  array: 'list',
  record: 'pairs',
  number: 'number',
  enum: 'choice',
  literal: 'choice',
};

/** What is in the wrappers, and what these say of it: the outermost counts. */
function unwrapped(schema: z.ZodType): { value: z.ZodType; fallback?: unknown; description: string } {
  const own = schema.description !== undefined && { description: schema.description };
  if (schema instanceof z.ZodDefault)
    return { ...unwrapped(schema.unwrap() as z.ZodType), ...own, fallback: schema.def.defaultValue };
  if (schema instanceof z.ZodOptional) return { ...unwrapped(schema.unwrap() as z.ZodType), ...own };
  // Other spellings that are turned into one: what may be typed is what goes in.
  if (schema instanceof z.ZodPipe) return { ...unwrapped(schema.in as z.ZodType), ...own };
  return { value: schema, description: schema.description ?? '' };
}

function choicesOf(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  return schema instanceof z.ZodLiteral ? Array.from(schema.values, String) : [];
}

/** The same options where nothing is said for those that are left away: somebody else's values hold for them. */
export function withoutDefaults(schema: z.ZodObject): z.ZodObject {
  const shape = Object.entries(schema.shape).map(([name, given]) => {
    const field = given instanceof z.ZodDefault ? (given.unwrap() as z.ZodType) : (given as z.ZodType);
    return [name, field.optional()] as const;
  });
  return z.strictObject(Object.fromEntries(shape));
}

/** What a flag's or a variable's text means; what cannot be read stays text, and the schema says what was wrong with it. */
export function fieldValue(field: Field, text: string): unknown {
  switch (field.kind) {
    case 'number':
      return numberOrText(text);
    case 'choice':
      return typeof field.default === 'number' ? numberOrText(text) : text;
    case 'list':
      return cutOutsideQuotes(text, ',').flatMap((part) => (part.trim() === '' ? [] : [unquoted(part)]));
    case 'switch':
      return /^(?:1|true)$/.test(text) || (/^(?:0|false)$/.test(text) ? false : text);
    case 'pairs': {
      const pairs = cutOutsideQuotes(text, ',').map((pair) => cutOutsideQuotes(pair, '=').map(unquoted));
      const names = new Set(pairs.map(([name]) => name));
      const isClear = names.size === pairs.length && !names.has('__proto__');
      return isClear && pairs.every((pair) => pair.length === 2) ? Object.fromEntries(pairs) : text;
    }
    default:
      return text;
  }
}

function numberOrText(text: string): number | string {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}

/** A name may stand in double quotes, as in CSV: then it may hold anything, a quote as two. */
const cutOutsideQuotes = (text: string, separator: ',' | '=') =>
  text.split(new RegExp(`(?<=^[^"]*(?:"[^"]*"[^"]*)*)${separator}`));

function unquoted(part: string): string {
  const text = part.trim();
  return /^"[^]*"$/.test(text) && text.length > 1 ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** A name as it must be written in a list or a pair. */
export const listWord = (name: string): string =>
  name === '' || /[,="]|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;

/** Adds a flag for each field. Values are judged by the schema alone, so that flag and environment meet one rule. */
export function addOptionFields(command: Command, fields: readonly Field[]): Command {
  for (const field of fields) {
    const option = new Option(flagSyntax(field), describeField(field));
    if (field.kind === 'list' || field.kind === 'pairs')
      option.argParser((text, before?: string) => (before ? `${before},${text}` : text));
    command.addOption(field.isReading ? option.helpGroup(READINGS) : option);
  }
  return command;
}

const READINGS = 'Readings, where the documents leave a choice (see tpe rules):';

type Given = Record<string, unknown>;

/** Every field that a flag or the environment speaks of; the flag wins. */
export function givenOptions(command: Command, fields: readonly Field[], environment: Environment): Given {
  const given: Given = {};
  for (const field of fields) {
    const isTyped = command.getOptionValueSource(field.name) === 'cli';
    const value: unknown = isTyped ? command.getOptionValue(field.name) : field.env && environment.option(field.env);
    if (value !== undefined) given[field.name] = typeof value === 'string' ? fieldValue(field, value) : value;
  }
  return given;
}

/** The schema's output, or a problem that names every wrong field as the user wrote it. */
export function checkedOptions<Schema extends z.ZodType>(
  schema: Schema,
  fields: readonly Field[],
  given: Given,
  command: string,
): z.output<Schema> {
  // Once in a process: compiling a parser for them takes longer than reading them without.
  const result = schema.safeParse(given, { jitless: true });
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => {
    const field = fields.find(({ name }) => name === path[0]);
    if (field === undefined) return `${path.join('.')}: ${message}`;
    // As in a message: the flag, or the variable that may have been meant.
    const orVariable = field.env === undefined ? '' : ` (or ${field.env})`;
    if (!(field.name in given)) return `${flagSyntax(field)} is missing${orVariable}`;
    const value = given[field.name];
    return `${flagOf(field)}${orVariable} ${JSON.stringify(value)}: ${unread(field, value) ?? message}`;
  });
  throw wrongUsage(command, issues.join('; '), 'bad-option');
}

/** Why `fieldValue` has left a text. A switch's flag alone is never wrong: it is the variable's word. */
function unread({ kind }: Field, value: unknown): string | undefined {
  if (kind === 'switch') return 'must be true, 1, false or 0';
  return kind === 'pairs' && typeof value === 'string'
    ? 'must be from=to, several with commas between them, each name once and none __proto__'
    : undefined;
}

/** `--wait` is on by default, so its flag is `--no-wait`. */
export const flagOf = ({ kind, default: fallback, flag }: Field): string =>
  kind === 'switch' && fallback === true ? flag.replace('--', '--no-') : flag;

/** `--pace <immediate|realistic|manual>` */
export function flagSyntax(field: Field): string {
  if (field.kind === 'switch') return flagOf(field);
  const choices = hasShortChoices(field) ? field.choices.join('|') : 'choice';
  return `${field.flag} <${{ choice: choices, pairs: 'from=to,...', number: 'number', list: 'list', text: 'text' }[field.kind]}>`;
}

function describeField(field: Field): string {
  const fallback = fallbackText(field);
  const notes = [fallback && `default: ${fallback}`, field.env && `env: ${field.env}`].filter(Boolean).join(', ');
  const choices = field.kind === 'choice' && !hasShortChoices(field) ? ` Choices: ${field.choices.join(', ')}.` : '';
  return `${field.description}${choices}${notes && ` (${notes})`}`;
}

/** Longer ones would leave no room for the descriptions on an 80 column terminal. */
const hasShortChoices = ({ choices }: Field) => choices.join('|').length <= 12;

/** What holds when nothing is said, as text; undefined for nothing. */
export function fallbackText({ kind, default: fallback }: Field): string | undefined {
  if (kind === 'pairs' || fallback === undefined || fallback === false) return undefined;
  if (typeof fallback === 'string') return fallback || undefined;
  return Array.isArray(fallback) ? fallback.join(',') || undefined : JSON.stringify(fallback);
}
