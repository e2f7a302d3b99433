/** Renders the rulebook as docs/rules.md. test/tidy/rules-document.test.ts keeps the file fresh. */
import { sourceLinks } from '../src/protocol/rules/sources.ts';
import { ruleSubjects, decides, type Rule } from '../src/protocol/rules/index.ts';

/** The document's text; `proofs` are the test files that prove each rule. */
export function renderRules(proofs: Readonly<Partial<Record<string, readonly string[]>>>): string {
  const count = ruleSubjects().reduce((sum, subject) => sum + subject.rules.length, 0);
  const lines = [
    '# Rules',
    '',
    '<!-- Generated from src/protocol/rules. UPDATE_DOCS=1 npx vitest run test/tidy rewrites it. -->',
    '',
    `The ${count} rules this emulator follows: what each says, where it stands, and how sure it is. A source opens by its`,
    'key; dates and editions, and our questions (`Q1`), are in [the catalogue of facts](api/catalogue.md). A rule in **bold**',
    'decides something in the code; ids that begin with `our-` are our own choices, where no document says anything. What',
    "proves a rule is a file below the repository's `test/`.",
  ];
  for (const { title, rules } of ruleSubjects()) {
    lines.push('', `## ${title}`, '', row(COLUMNS), row(COLUMNS.map(() => '---')));
    for (const rule of rules) lines.push(ruleRow(rule, proofs[rule.id] ?? []));
  }
  const links = sourceLinks(
    ruleSubjects()
      .flatMap(({ rules }) => rules.map(({ source }) => source))
      .join('; '),
  ).toSorted((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true }));
  lines.push('', '## Sources', '', row(['Key', 'Address']), row(['---', '---']));
  for (const { key, url } of links) if (url.startsWith('https:')) lines.push(row([key, `<${url}>`]));
  lines.push('', ...links.map(({ key, url }) => `[${key}]: ${url.replace(/^docs\//, '')}`));
  return `${lines.join('\n')}\n`;
}

/** Each key leads to its document: the addresses stand at the end. */
function linked(source: string): string {
  return sourceLinks(source)
    .toSorted((a, b) => b.key.length - a.key.length)
    .reduce((text, { key }) => text.replaceAll(new RegExp(`(?<![\\w[-])${key}(?![\\w\\]-])`, 'g'), `[${key}]`), source);
}

const COLUMNS = [
  'Rule',
  'Statement',
  'Source',
  'Confidence',
  'Versions',
  'Setting',
  'Contradiction or note',
  'Proven by',
];

function ruleRow(rule: Rule, proofs: readonly string[]): string {
  const remarks: string[] = [];
  if (rule.contradiction !== undefined) remarks.push(`*Against it:* ${rule.contradiction}`);
  if (rule.emulated === false) remarks.push('*Not emulated.*');
  if (rule.note !== undefined) remarks.push(rule.note);
  if (rule.fixed !== undefined) remarks.push(`*No setting:* ${rule.fixed}`);
  return row([
    decides(rule) ? `**${rule.id}**` : rule.id,
    rule.statement,
    linked(rule.source),
    rule.confidence,
    rule.versions.join(', '),
    rule.setting === undefined ? '' : `\`${rule.setting}\``,
    remarks.join(' '),
    // No links: the package carries this document and not the tests.
    proofs.map((path) => `\`${path.replace(/^test\//, '')}\``).join(', '),
  ]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
