/** A command said once: its name, its options as a schema, its help and what it does; flags and their checks derive from it. */
import { Command } from 'commander';
import type { z } from 'zod';
import type { Context, Run } from './context.ts';
import { addOptionFields, checkedOptions, givenOptions } from './option-flags.ts';
import type { Field } from './schema-fields.ts';

type Given = Record<string, unknown>;

interface CommandParts<Schema extends z.ZodObject> {
  readonly name: string;
  readonly description: string;
  /** `<command...>`, and what it is. */
  readonly argument?: readonly [syntax: string, description: string];
  /** What `--json` does here. */
  readonly json: string;
  /** Switches that no environment variable stands for. */
  readonly switches?: Readonly<Record<string, string>>;
  readonly schema: Schema;
  readonly fields: readonly Field[];
  /** What else is given than flags and environment say, such as by a file that one of them names. */
  readonly complete?: (given: Given) => Promise<Given>;
  /** Behind the list of options. */
  readonly help: string;
  does(called: Called<z.output<Schema>>, context: Context): ReturnType<Run>;
}

export interface Called<Options> {
  readonly options: Options;
  readonly json: boolean;
  readonly isOn: (name: string) => boolean;
  /** What the flags alone said: for a command line that is to be typed again. */
  readonly typed: Given;
  readonly words: readonly string[];
}

export function defineCommand<Schema extends z.ZodObject>(parts: CommandParts<Schema>) {
  const { name, description, argument, json, switches = {}, schema, fields, complete, help, does } = parts;
  return (run: (run: Run) => Promise<void>): Command => {
    const command = new Command(name).description(description).option('--json', json);
    if (argument !== undefined) command.argument(...argument);
    for (const [flag, text] of Object.entries(switches)) command.option(flag, text);
    const isOn = (flag: string) => command.opts<Given>()[flag] === true;
    return addOptionFields(command, fields)
      .addHelpText('after', help)
      .action(() =>
        run(async (context) => {
          const { environment } = context;
          const given = givenOptions(command, fields, environment);
          const options = checkedOptions(schema, fields, (await complete?.(given)) ?? given, `tpe ${name}`);
          const typed = givenOptions(command, fields, { ...environment, option: () => undefined });
          return does({ options, json: isOn('json'), isOn, typed, words: command.args }, context);
        }),
      );
  };
}
