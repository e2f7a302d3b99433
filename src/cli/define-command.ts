/** A command said once: its name, its options as a schema, its help and what it does; flags and their checks derive from it. */
import { Command } from 'commander';
import { z } from 'zod';
import { type Context, printJson, type Run } from './context.ts';
import { commandAgain, type CommandWith } from './printed-command.ts';
import { shellWord } from './printable.ts';
import { EXIT_CODES } from './problem.ts';
import { addOptionFields, checkedOptions, type Field, fieldsOf, givenOptions } from './schema-fields.ts';

type Given = Record<string, unknown>;

interface CommandParts<Schema extends z.ZodObject> {
  readonly name: string;
  readonly description: string;
  /** `<command...>`, and what it is. */
  readonly words?: readonly (readonly [syntax: string, description: string])[];
  /** What `--json` does here, where it does not print the answer. */
  readonly json?: string;
  /** No options by default. */
  readonly schema?: Schema;
  /** Those of the options that have an environment variable. */
  readonly variables?: readonly string[];
  /** In place of what `schema` and `variables` come to. */
  readonly fields?: readonly Field[];
  /** What else is given than flags and environment say, such as by a file that one of them names. */
  readonly complete?: (given: Given, context: Context) => Given | Promise<Given>;
  /** Behind the list of options. */
  readonly help?: string;
  /** Gives the exit code where it is not that of `done`. */
  does(called: Called<z.output<Schema>>, context: Context): Promise<number | void>;
}

export interface Called<Options> {
  readonly options: Options;
  readonly json: boolean;
  /** The command line as it was typed, with some options changed. */
  readonly again: CommandWith;
  readonly words: readonly string[];
  /** Prints the answer: as JSON, or the text for a person. */
  readonly tell: (answer: unknown, text: () => string) => void;
  /** With all commands beside it. */
  readonly program: () => Command;
}

export function defineCommand<Schema extends z.ZodObject = z.ZodObject>(parts: CommandParts<Schema>) {
  const { name, description, variables = [], complete, help = '', does } = parts;
  const schema = parts.schema ?? z.strictObject({});
  const { fields = fieldsOf(schema, (field) => variables.includes(field)) } = parts;
  return (run: (run: Run) => Promise<void>): Command => {
    const command = new Command(name).description(description).addHelpText('after', help);
    for (const [syntax, text] of parts.words ?? []) command.argument(syntax, text);
    command.option('--json', parts.json ?? 'print the answer as JSON');
    addOptionFields(command, fields);
    const act = async (context: Context) => {
      const given = givenOptions(command, fields, context.environment);
      const completed = (await complete?.(given, context)) ?? given;
      const json = command.opts<Given>()['json'] === true;
      const typed = typedOptions(command, fields, context);
      const words = command.args;
      const line = `tpe ${name}`;
      // A command of somebody else's has flags of its own.
      const isRunner = parts.words?.[0]?.[0] === '<command...>';
      const own = commandAgain({ line, files: isRunner ? [] : words, fields, given: typed, json }, context);
      const called: Called<z.output<Schema>> = {
        options: checkedOptions(schema, fields, completed, line) as z.output<Schema>,
        json,
        again: isRunner ? (changes) => `${own(changes)} -- ${words.map(shellWord).join(' ')}` : own,
        words,
        tell: (answer, text) => (json ? printJson(context, answer) : void context.stdout.write(text())),
        program: () => command.parent!,
      };
      return (await does(called, context)) ?? EXIT_CODES.done;
    };
    return command.action(() => run(act));
  };
}

/** What the flags alone said. */
export const typedOptions = (command: Command, fields: readonly Field[], { environment }: Context): Given =>
  givenOptions(command, fields, { ...environment, option: () => undefined });
