/** What is known of the API and decides nothing here: one line each of facts.ndjson, read when somebody asks. */
import { readFileSync } from 'node:fs';
import type { Rule } from './rule.ts';

/** `subject` is the chapter it stands in. */
type Fact = Rule & { readonly subject: string };

let chapters: ReadonlyMap<string, readonly Fact[]> | undefined;

export function factsAbout(subject: string): readonly Rule[] {
  if (chapters === undefined) {
    const lines = readFileSync(new URL('facts.ndjson', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n');
    const facts = lines.map((line) => JSON.parse(line) as Fact);
    chapters = Map.groupBy(facts, (fact) => fact.subject);
  }
  return (chapters.get(subject) ?? []).map(({ subject: _subject, ...rule }) => rule);
}
