/** Nothing here yet, or not any more: what that means, and the next command. */
import type { ComponentChildren } from 'preact';
import { API } from '../control-api.ts';
import { Code } from './code.tsx';

export function Empty({
  title,
  children,
  commands = [],
  isPage = false,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly commands?: readonly string[];
  /** Where it stands in place of the page. */
  readonly isPage?: boolean;
}) {
  return (
    <div class="empty">
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children !== undefined && <p>{children}</p>}
      {commands.map((command) => (
        <Code key={command} text={command} />
      ))}
    </div>
  );
}

/** A batch of one row, typed as it stands. */
export const firstBatch = (client: string) =>
  String.raw`printf 'batch=thirdPartyId,loyaltyTier\nC-1,gold' | curl --data-binary @- ${API}/m2/${encodeURIComponent(client)}/v2/profile/batchUpdate`;

export function Problem({ error }: { readonly error: Error }) {
  return (
    <p class="problem" role="alert">
      {error instanceof TypeError
        ? 'The emulator does not answer. It is asked again as soon as it is back.'
        : error.message}
    </p>
  );
}
