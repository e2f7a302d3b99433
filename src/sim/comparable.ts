/** What two systems answer, made alike where they may differ: other fields left out, attributes by name. */
import type { Counters } from '../protocol/vocabulary/index.ts';
import type { AttributeValue, StoredView } from './port.ts';

/** The counters and nothing else, so that two systems can be compared. */
export function countersOf(batch: Counters): Counters {
  const { batchSize, consumedCount, successfulUpdates, profilesNotFound, failedUpdates, ignoredRows } = batch;
  return { batchSize, consumedCount, successfulUpdates, profilesNotFound, failedUpdates, ignoredRows };
}

/** A profile as a port shows it: by name, so that two systems can be compared. */
export function storedView({ modifiedAt, attributes, customerAttributes = [] }: StoredView): StoredView {
  const shown = attributes.map(({ name, value, modifiedAt: at, layer }) => ({ name, value, modifiedAt: at, layer }));
  const brought = customerAttributes.map(({ name, value, modifiedAt: at }) => ({ name, value, modifiedAt: at }));
  const customers = brought.length > 0 && { customerAttributes: sortedByName(brought) };
  return { modifiedAt, attributes: sortedByName(shown), ...customers };
}

export const sortedByName = <Item extends AttributeValue>(attributes: readonly Item[]): readonly Item[] =>
  attributes.toSorted((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
