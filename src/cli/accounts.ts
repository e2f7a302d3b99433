/** Named accounts of the config file: whose options hold, and where their token comes from. It never stands in the file. */
import { execFileSync } from 'node:child_process';
import { z } from 'zod';
import { uploadOptionsSchema } from '../client/index.ts';
import { CONFIG_FILE, type Context } from './context.ts';
import { Problem } from './problem.ts';
import { withoutDefaults } from './schema-fields.ts';

const senderSchema = uploadOptionsSchema.pick({
  endpoint: true,
  client: true,
  api: true,
  production: true,
  clientDiffers: true,
  callsPerMinute: true,
  allowHosts: true,
  proxy: true,
  ca: true,
});

const accountSchema = z.strictObject({
  ...withoutDefaults(senderSchema).shape,
  /** Name of the variable that holds the token. */
  tokenFrom: z.string().min(1).optional(),
  /** Program and arguments that print it; no shell reads them. */
  tokenCommand: z.array(z.string()).min(1).optional(),
  token: z
    .never({ error: 'a token never stands in a file; name a variable by tokenFrom, or a program by tokenCommand' })
    .optional(),
});
export const accountsSchema = z.record(z.string(), accountSchema);

export type Account = ReturnType<typeof readAccount>;

/** Its options as the file has them, without defaults. @throws Problem */
export function readAccount(name: string, { config, environment }: Context) {
  const { accounts = {}, path = `${CONFIG_FILE} here` } = config ?? {};
  const account = Object.hasOwn(accounts, name) ? accounts[name] : undefined;
  if (account === undefined) {
    const known = Object.keys(accounts).join(', ') || 'none';
    throw problem(`There is no account ${JSON.stringify(name)} in ${path}; known: ${known}.`);
  }
  const { tokenFrom, tokenCommand, token: _, ...options } = account;
  if (tokenFrom === undefined) return { options, token: tokenCommand && commandToken(name, tokenCommand) };
  const token = environment.option(tokenFrom);
  if (token === undefined) throw problem(`The account's token is to stand in ${tokenFrom}, which is not set.`);
  return { options, token };
}

function commandToken(name: string, [program = '', ...args]: readonly string[]): string {
  try {
    // Its standard error is the user's: it may ask for a password.
    const timeout = TOKEN_TIMEOUT_MS;
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'], timeout }).trim();
  } catch (cause) {
    // What it printed may be the token.
    const { code } = cause as NodeJS.ErrnoException;
    throw problem(`The token command of account ${name} failed${code === undefined ? '' : ` (${code})`}.`);
  }
}

const TOKEN_TIMEOUT_MS = 60_000;

const problem = (message: string) => new Problem(message, { reason: 'usage', code: 'bad-account' });
