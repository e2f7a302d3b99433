/** From a schema's fields to flags and help, and from flags and environment back to checked values. */
import { Option, type Command } from 'commander';
import type { z } from 'zod';
import type { Environment } from './environment.ts';
import { fieldValue, type Field } from './schema-fields.ts';
import { wrongUsage } from './problem.ts';

/** Adds a flag for each field. Values are judged by the schema alone, so that flag and environment meet one rule. */
export function addOptionFields(command: Command, fields: readonly Field[]): Command {
  for (const field of fields) {
    const option = new Option(flagSyntax(field), describeField(field));
    if (field.kind === 'list' || field.kind === 'pairs')
      option.argParser((text, before?: string) => (before ? `${before},${text}` : text));
    command.addOption(option);
  }
  return command;
}

/** Every field that a flag or the environment speaks of; the flag wins. */
export function givenOptions(
  command: Command,
  fields: readonly Field[],
  environment: Environment,
): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const field of fields) {
    const fromFlag: unknown =
      command.getOptionValueSource(field.name) === 'cli' ? command.getOptionValue(field.name) : undefined;
    const value = fromFlag ?? (field.env === undefined ? undefined : environment.option(field.env));
    if (value === undefined) continue;
    given[field.name] = typeof value === 'string' ? fieldValue(field, value) : value;
  }
  return given;
}

/** The schema's output, or a problem that names every wrong field as the user wrote it. */
export function checkedOptions<Schema extends z.ZodType>(
  schema: Schema,
  fields: readonly Field[],
  given: Record<string, unknown>,
  command: string,
): z.output<Schema> {
  // Once in a process: compiling a parser for them takes longer than reading them without.
  const result = schema.safeParse(given, { jitless: true });
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => {
    const field = fields.find((candidate) => candidate.name === issue.path[0]);
    if (field === undefined) return `${issue.path.join('.')}: ${issue.message}`;
    if (!(field.name in given)) return `${flagSyntax(field)} is missing${orVariable(field)}`;
    return `${flagOf(field)}${orVariable(field)} ${JSON.stringify(given[field.name])}: ${field.kind === 'switch' ? SWITCH_VALUES : issue.message}`;
  });
  throw wrongUsage(command, issues.join('; '), 'bad-option');
}

/** A flag alone is never wrong: it is the variable's word. */
const SWITCH_VALUES = 'must be true, 1, false or 0';

/** As in a message: the flag, or the variable that may have been meant. */
const orVariable = ({ env }: Field) => (env === undefined ? '' : ` (or ${env})`);

/** `--wait` is on by default, so its flag is `--no-wait`. */
export function flagOf(field: Field): string {
  return field.kind === 'switch' && field.default === true ? field.flag.replace('--', '--no-') : field.flag;
}

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
const hasShortChoices = (field: Field) => field.choices.join('|').length <= 12;

/** What holds when nothing is said, as text; undefined for nothing. */
export function fallbackText(field: Field): string | undefined {
  if (field.default === undefined || field.default === '' || field.default === false) return undefined;
  if (field.kind === 'pairs') return undefined;
  if (Array.isArray(field.default)) return field.default.length === 0 ? undefined : field.default.join(',');
  return typeof field.default === 'string' ? field.default : JSON.stringify(field.default);
}
