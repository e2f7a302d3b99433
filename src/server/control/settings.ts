/** A client code's readings: shown, and changed whole or in part. */
import type { ClientCode, Settings } from '../../protocol/vocabulary/index.ts';
import { ownError, ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { EmulatorContext } from '../http/emulator-env.ts';
import type { Services } from '../http/services.ts';
import { type GivenSettings, mergeSettings, partialSettingsSchema } from '../options.ts';
import { controlBody, controlClient } from './control-input.ts';

export function showSettings({ reader }: Services, code: string): Reply {
  const client = controlClient(code);
  if (client instanceof Reply) return client;
  const record = reader.client(client);
  return record === undefined ? noClient(client) : ownJson(record.settings);
}

export async function changeSettings(services: Services, c: EmulatorContext, code: string): Promise<Reply> {
  const client = controlClient(code);
  if (client instanceof Reply) return client;
  const changes = await controlBody(c, partialSettingsSchema);
  if (changes instanceof Reply) return changes;
  return ownJson(await changeClientSettings(services, client, changes));
}

/** Batches accepted before keep the readings they were accepted with. Creates the client code. */
export async function changeClientSettings(
  { writer, options }: Services,
  client: ClientCode,
  changes: GivenSettings,
): Promise<Settings> {
  options.flipped?.fixed(Object.keys(changes));
  const { settings } = await writer.openClient(client, options.settings);
  const changed = mergeSettings(settings, changes);
  await writer.writeSettings(client, changed);
  return changed;
}

const noClient = (client: string) =>
  ownError({ status: 404, code: 'unknown-client', message: `nobody has used the client code ${client} yet.` });
