/** undici with its EnvHttpProxyAgent. */
import { EnvHttpProxyAgent, fetch } from 'undici';
import { run } from './journey.js';

const dispatcher = new EnvHttpProxyAgent();
await run(async (url, body) =>
  (await fetch(url, { dispatcher, ...(body === undefined ? {} : { method: 'POST', body }) })).text(),
);
await dispatcher.close();
