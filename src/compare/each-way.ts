/** One value for each way that the file can go. */
import type { EachWay, Way } from './comparison.ts';

export function eachWay<From, To>(given: EachWay<From>, change: (from: From, way: Way) => To): EachWay<To> {
  const bulk = { v1: change(given.v1, 'v1'), v2: change(given.v2, 'v2') };
  if (!('customerAttributes' in given)) return bulk;
  return { ...bulk, customerAttributes: change(given.customerAttributes, 'customerAttributes') };
}
