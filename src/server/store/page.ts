/** A page of what was found with one more than its limit: whether there is a next one, and where it begins. */
import type { Page } from './store.ts';

export function pageOf<Item>(found: readonly Item[], limit: number, cursorOf: (last: Item) => number): Page<Item> {
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? String(cursorOf(items.at(-1)!)) : undefined };
}
