/** Every profile that a law's files can have touched, as a fetch sees it. */
import type { VisitorId } from '../../src/protocol/vocabulary/index.ts';
import type { BatchFile, Port } from '../../src/sim/index.ts';

/** By id, name and value; ids without a profile are left out. */
export async function snapshot(client: string, port: Port, files: readonly BatchFile[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const id of idsOf(files)) {
    const profile = await port.profile(client, id);
    if (profile === undefined) continue;
    const attributes = profile.attributes.map(({ name, value }) => [name, value]);
    lines.push(JSON.stringify([id.kind, id.value, ...attributes]));
  }
  return lines;
}

/** Each id that a row names, once. */
export function idsOf(files: readonly BatchFile[]): readonly VisitorId[] {
  const ids = new Map<string, VisitorId>();
  for (const { spec } of files) {
    for (const { id } of spec.rows) {
      if (id.text !== '') ids.set(`${spec.idKind} ${id.text}`, { kind: spec.idKind, value: id.text });
    }
  }
  return [...ids.values()];
}
