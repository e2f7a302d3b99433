/** Finds out which test proves which rule: by the ids that a title begins with and those a case lists. Prose proves nothing. */
import { readFileSync, readdirSync } from 'node:fs';

export interface TextFile {
  /** From the checkout's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface RuleProofs {
  /** Rule id to the test files that prove it, sorted. */
  readonly proofs: ReadonlyMap<string, readonly string[]>;
  /** Rules that a law's title begins with, or that a conformance case lists. */
  readonly lawsAndCases: ReadonlySet<string>;
  /** Rules that a comment in the model names. */
  readonly modelled: ReadonlySet<string>;
  /** "file: id" for each id that looks like a rule's and is none. */
  readonly unknown: readonly string[];
}

export function findProofs(files: readonly TextFile[], ruleIds: ReadonlySet<string>): RuleProofs {
  const places = new Map<string, Set<string>>();
  const lawsAndCases = new Set<string>();
  const modelled = new Set<string>();
  const unknown = new Set<string>();
  const proven = (id: string, path: string) => {
    if (!ruleIds.has(id)) {
      unknown.add(`${path}: ${id}`);
      return;
    }
    places.set(id, (places.get(id) ?? new Set()).add(path));
    if (path.startsWith('test/property/') || path.startsWith('test/conformance/cases/')) lawsAndCases.add(id);
  };

  for (const { path, text } of files) {
    if (path.startsWith('src/sim/model/')) {
      for (const id of idsIn(comments(text))) if (ruleIds.has(id)) modelled.add(id);
    } else if (path.startsWith('test/conformance/cases/')) {
      for (const line of text.match(CASE_RULES) ?? []) for (const id of idsIn(line)) proven(id, path);
    } else if (path.startsWith('test/unit/sim/')) {
      // Tests of the model: a broken rule would not fail them. That the rules exist is all that is asked.
      for (const title of titles(text)) for (const id of leadingIds(title)) if (!ruleIds.has(id)) proven(id, path);
    } else if (path.endsWith('.test.ts')) {
      for (const title of titles(text)) for (const id of leadingIds(title)) proven(id, path);
    }
  }
  const proofs = [...places].map(([id, paths]) => [id, [...paths].toSorted()] as const);
  return { proofs: new Map(proofs), lawsAndCases, modelled, unknown: [...unknown] };
}

/** Rules that decide something and lack a law or case, or a place in the model. */
export function uncovered(
  deciding: readonly string[],
  found: RuleProofs,
): { unproven: string[]; unmodelled: string[] } {
  return {
    unproven: deciding.filter((id) => !found.lawsAndCases.has(id)),
    unmodelled: deciding.filter((id) => !found.modelled.has(id)),
  };
}

/** All files that can name a rule. */
export function readProofFiles(): TextFile[] {
  const files: TextFile[] = [];
  for (const folder of ['test', 'src/sim']) {
    for (const entry of readdirSync(new URL(folder, ROOT), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const url = new URL(entry.name, `file://${entry.parentPath.replaceAll('\\', '/')}/`);
      const path = decodeURI(url.pathname.slice(ROOT.pathname.length));
      const counts =
        path.endsWith('.test.ts') || path.startsWith('test/conformance/cases/') || path.startsWith('src/sim/model/');
      // The coverage test's own canaries name rules that do not exist.
      if (counts && !path.startsWith('test/tidy/')) files.push({ path, text: readFileSync(url, 'utf8') });
    }
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

export const ROOT = new URL('../../', import.meta.url);

const ID = String.raw`(?:ep|body|hdr|key|enc|empty|v1|v2|lim|res|st|cnt|err|auth|sgl|fch|mrg|life|thr|ca|tok|dlv|our)-[a-z0-9]+(?:-[a-z0-9]+)*`;
const ID_ANYWHERE = new RegExp(String.raw`(?<![\w-])${ID}(?![\w-])`, 'g');
const ID_ALONE = new RegExp(`^${ID}$`);
const TITLE = /(?:\b(?:describe|it|test|law\w*)(?:\.\w+)*|\))\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
/** As `parseCase` reads it: one line of the head. */
const CASE_RULES = /^rules: .*$/gm;
const COMMENT = /\/\*[^]*?\*\/|\/\/.*$/gm;

function idsIn(text: string): string[] {
  return text.match(ID_ANYWHERE) ?? [];
}

function titles(text: string): string[] {
  return [...text.matchAll(TITLE)].map((match) => match[2]!);
}

/** `v1-update-only, v2-upsert: ...` names two rules; ids further on in the sentence are only mentioned. */
function leadingIds(title: string): string[] {
  const ids: string[] = [];
  for (const word of title.split(/[\s,:;&/]+/)) {
    if (word === 'and') continue;
    if (!ID_ALONE.test(word)) break;
    ids.push(word);
  }
  return ids;
}

function comments(text: string): string {
  return (text.match(COMMENT) ?? []).join('\n');
}
