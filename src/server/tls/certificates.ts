/** Which certificate a handshake is answered with: made when its host is first asked for, and again before it expires. */
import { createSecureContext, type SecureContext } from 'node:tls';
import { isIP } from 'node:net';
import { DAY_MS } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { untilItFails } from '../runtime/once.ts';
import { issueLeaf, LEAF_DAYS } from './authority.ts';
import type { KeyPair } from './key-pair.ts';

export type Certificates = ReturnType<typeof certificates>;

export interface CertificateSource {
  /** The user's own pair: it answers for every host. */
  readonly own?: KeyPair | undefined;
  /** Called once, when TLS is first spoken. */
  readonly authority: () => Promise<KeyPair>;
  readonly isServed: (host: string) => boolean;
  /** Names of this machine: what a certificate without SNI is for. */
  readonly loopbackNames: readonly [string, ...string[]];
  /** The machine's time, in milliseconds since 1970. */
  readonly now: () => number;
}

interface Issued {
  readonly pair: Promise<KeyPair>;
  readonly context: Promise<SecureContext>;
  readonly renewAt: number;
}

/** A certificate this close to its end is made anew. */
const RENEWED_AFTER_MS = (LEAF_DAYS - 10) * DAY_MS;
/** Hosts remembered; the one made first goes first. Names come from strangers. */
const HOSTS_MAX = 256;

export function certificates({ own, authority, isServed, loopbackNames, now }: CertificateSource) {
  const made = new BoundedMap<string, Issued>(HOSTS_MAX);
  const ownContext = own && Promise.resolve(createSecureContext(own));
  const theAuthority = untilItFails(authority);

  const issue = async (names: readonly [string, ...string[]]) => issueLeaf(await theAuthority(), names, now());
  const issued = (key: string, names: readonly [string, ...string[]]): Issued => {
    const known = made.get(key);
    if (known !== undefined && now() < known.renewAt) return known;
    const pair = issue(names);
    const fresh = { pair, context: pair.then(createSecureContext), renewAt: now() + RENEWED_AFTER_MS };
    made.set(key, fresh);
    fresh.context.catch(() => made.delete(key));
    return fresh;
  };

  return {
    /**
     * For the server name of a handshake (SNI), in lower case; loopback names where none was sent. Rejects for a host that
     * is not served, and where no certificate can be made.
     */
    async contextFor(servername: string): Promise<SecureContext> {
      if (ownContext !== undefined) return ownContext;
      const isLoopback = servername === '' || isIP(servername) !== 0 || loopbackNames.includes(servername);
      if (!isLoopback && !isServed(servername)) throw new Error(`${servername} is not served here`);
      return isLoopback ? issued('', loopbackNames).context : issued(servername, [servername]).context;
    },
    /** For the handshakes that name no host: certificate and key of the loopback names. */
    forNoName: async () => own ?? issued('', loopbackNames).pair,
    /** The authority's certificate as PEM, to be trusted by clients; the user's own where one was given. */
    ca: async () => (own ?? (await theAuthority())).cert,
  };
}
