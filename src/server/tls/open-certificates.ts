/** The certificates of one emulator: the user's own, or those of an authority that is kept with the data. */
import { join } from 'node:path';
import type { ResolvedOptions } from '../options.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { realClock } from '../runtime/clock.ts';
import { certificates, type Certificates } from './certificates.ts';
import { keptAuthority } from './kept-authority.ts';
import { ownCertificate } from './key-pair.ts';

/** Names by which clients of this machine, and of containers on it, reach the emulator. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1', 'host.docker.internal'] as const;

/** Throws an `EmulatorError` ('tls-unusable') for files of the user's that cannot be used. */
export function openCertificates(
  { data, tlsCert, tlsKey }: Pick<ResolvedOptions, 'data' | 'tlsCert' | 'tlsKey'>,
  isServed: (hostname: string) => boolean,
): Certificates {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new EmulatorError(
      'tls-unusable',
      'A certificate and its key belong together: give --tls-cert and --tls-key.',
    );
  }
  const { now } = realClock();
  return certificates({
    own: tlsCert === undefined || tlsKey === undefined ? undefined : ownCertificate(tlsCert, tlsKey),
    authority: () => keptAuthority(data === undefined ? undefined : join(data, 'tls'), now()),
    isServed,
    loopbackNames: LOOPBACK_NAMES,
    now,
  });
}
