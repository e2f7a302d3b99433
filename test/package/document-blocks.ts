/** The fenced blocks of a document, in their order, and which of them it says that our tests do not run. */
import { readFileSync } from 'node:fs';

export interface DocumentBlock {
  readonly language: string;
  readonly text: string;
  /** Where the fence opens, counted from 1. */
  readonly line: number;
  /** The paragraph before the block, or before the blocks it stands in a row with, says "not run by our tests". */
  readonly isNotRun: boolean;
}

const NOT_RUN = /not run by our tests/i;
const FENCE = /^```(\w*)\n([^]*?)^```$/gm;

export function documentBlocks(file: string): readonly DocumentBlock[] {
  return blocksIn(readFileSync(file, 'utf8'));
}

export function blocksIn(document: string): readonly DocumentBlock[] {
  const blocks: DocumentBlock[] = [];
  let end = 0;
  for (const { 0: whole, 1: language = '', 2: text = '', index } of document.matchAll(FENCE)) {
    const before = document.slice(end, index).trim();
    const paragraph = before.split(/\n\s*\n/).at(-1)!;
    blocks.push({
      language,
      text,
      line: document.slice(0, index).split('\n').length,
      isNotRun: before === '' ? (blocks.at(-1)?.isNotRun ?? false) : NOT_RUN.test(paragraph),
    });
    end = index + whole.length;
  }
  return blocks;
}
