/** A command line made of what its fields say, ready to paste. */
import { flagOf } from './option-flags.ts';
import { listWord, type Field } from './schema-fields.ts';
import { shellWord } from './shell-word.ts';

export function commandLine(
  command: string,
  files: string | readonly string[],
  fields: readonly Field[],
  values: Readonly<Record<string, unknown>>,
): string {
  // A name that begins with a dash would be taken for a flag.
  const names = [files].flat().map((file) => shellWord(file.startsWith('-') && file !== '-' ? `./${file}` : file));
  return [command, ...names, ...fields.flatMap((field) => flagWords(field, values[field.name]))].join(' ');
}

function flagWords(field: Field, value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (field.kind === 'switch') return value === field.default ? [] : [flagOf(field)];
  return [field.flag, shellWord(valueText(value))];
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map((name) => listWord(String(name))).join(',');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([from, to]) => `${listWord(from)}=${listWord(String(to))}`)
      .join(',');
  }
  return String(value);
}
