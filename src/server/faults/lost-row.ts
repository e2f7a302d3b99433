/** Which rows of a batch are lost: by a seed that was drawn when it was accepted, so that order and slices do not matter. */
import { randomFor } from '../runtime/random.ts';
import type { BatchFaults } from '../store/store.ts';

export const SEEDS_MAX = 2 ** 32 - 1;

/** Undefined where no row of the batch can be lost. */
export function lostRows({ silentLoss, visibleLoss }: BatchFaults): LostRow | undefined {
  if (silentLoss === undefined && visibleLoss === undefined) return undefined;
  return (row) => {
    if (silentLoss !== undefined && isDrawn(silentLoss, row)) return 'silent';
    if (visibleLoss !== undefined && isDrawn(visibleLoss, row)) return 'visible';
    return undefined;
  };
}

type LostRow = (row: number) => 'silent' | 'visible' | undefined;

const isDrawn = ({ share, seed }: { readonly share: number; readonly seed: number }, row: number) =>
  randomFor(seed, 'loss', String(row)).next() < share;
