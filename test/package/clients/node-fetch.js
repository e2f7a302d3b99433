/** Node's own fetch: NODE_USE_ENV_PROXY=1 lets it heed https_proxy. */
import { run } from './journey.js';

await run(async (url, body) => (await fetch(url, body === undefined ? {} : { method: 'POST', body })).text());
