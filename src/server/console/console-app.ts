/** The console over HTTP: a page, its assets, and the stream that tells a page what has changed. */
import { Hono } from 'hono';
import { type EmulatorContext, type EmulatorEnv, exchangeOf } from '../http/emulator-env.ts';
import { askerOf, foreignSiteGuard } from '../http/guards.ts';
import { ownError } from '../http/own-error.ts';
import { PROTECTIVE_HEADERS, Reply, respond } from '../http/reply.ts';
import type { ConsoleFile, ConsoleFiles } from './console-files.ts';
import { WATCHERS_MAX, type Watchers } from './watchers.ts';

/** Undefined lets the request in. */
interface Door {
  judge(headers: Pick<Headers, 'get'>): Reply | undefined;
}

/** Page and assets are open to whoever the guards let in; what is told of batches is behind the same door as the operations. */
export function consoleApp(files: ConsoleFiles, watchers: Watchers, door: Door): Hono<EmulatorEnv> {
  return new Hono<EmulatorEnv>()
    .get('/', (c) => respond(c, seeOther('__emulator/')))
    .get('/assets/:name', (c) => respond(c, assetReply(c, files(`assets/${c.req.param('name')}`))))
    .get('/events', (c) => eventStream(c, watchers, door));
}

/** The page itself, whose address ends with a slash: its assets and the API are named relative to it, wherever it is mounted. */
export const showConsole = (c: EmulatorContext, files: ConsoleFiles): Response => respond(c, pageReply(c, files));

/** For a person who typed the address of the emulator; whoever calls the API there is told that there is nothing. */
export function leadsToConsole(
  c: EmulatorContext,
  notFound: (c: EmulatorContext) => Promise<Response>,
): Response | Promise<Response> {
  const isBrowser = c.req.header('sec-fetch-mode') === 'navigate' || c.req.header('accept')?.includes('text/html');
  return isBrowser ? respond(c, seeOther('__emulator/')) : notFound(c);
}

const seeOther = (location: string) => new Reply(302, { location, 'cache-control': 'no-store' });

/** Nothing from elsewhere, nothing inline, in no frame; requests go back to where the page came from. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SAFE = { ...PROTECTIVE_HEADERS, 'referrer-policy': 'no-referrer' };

function pageReply(c: EmulatorContext, files: ConsoleFiles): Reply {
  const page = files('index.html');
  if (page === undefined)
    return ownError({ status: 404, code: 'not-built', message: 'the console was not built. Run npm run build.' });
  return unlessKnown(c, page, { 'content-security-policy': POLICY, 'cache-control': 'no-cache' });
}

function assetReply(c: EmulatorContext, asset: ConsoleFile | undefined): Reply {
  if (asset === undefined)
    return ownError({ status: 404, code: 'not-found', message: 'the console has no such file.' });
  // Its name has a digest of it.
  return unlessKnown(c, asset, { 'cache-control': 'public, max-age=31536000, immutable' });
}

function unlessKnown(c: EmulatorContext, { text, type, etag }: ConsoleFile, about: Reply['headers']): Reply {
  const headers = { ...SAFE, ...about, etag };
  if (c.req.header('if-none-match') === etag) return new Reply(304, headers);
  return new Reply(200, { ...headers, 'content-type': type }, text);
}

function eventStream(c: EmulatorContext, watchers: Watchers, door: Door): Response {
  const asker = askerOf(c);
  const refused = foreignSiteGuard(asker) ?? door.judge(asker.headers);
  if (refused !== undefined) return respond(c, refused);
  const stream = watchers.watch(exchangeOf(c)?.signal ?? c.req.raw.signal);
  if (stream === undefined) {
    const message = `${WATCHERS_MAX} pages watch already, or the emulator is closing.`;
    return respond(c, ownError({ status: 503, code: 'too-many-watchers', message }));
  }
  return new Response(stream, {
    headers: { ...SAFE, 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  });
}
