/** The reference of what programs import, written from the types: every public entry, each export with its docstring. */
import { readFileSync } from 'node:fs';
import {
  API,
  NodeBuilderFlags,
  SymbolFlags,
  type Checker,
  type Project,
  type Symbol,
  type Type,
} from 'typescript/unstable/sync';
import {
  isFunctionDeclaration,
  isInterfaceDeclaration,
  isPropertySignatureDeclaration,
  isTypeAliasDeclaration,
} from 'typescript/unstable/ast/is';
import type { Node } from 'typescript/unstable/ast';

export interface ReferencePage {
  /** Its file in docs/reference, without the ending. */
  readonly name: string;
  /** What is imported. */
  readonly entries: readonly { readonly specifier: string; readonly source: string }[];
  /** Where the reader goes for what types cannot say. */
  readonly seeAlso: string;
}

const PACKAGE = 'target-profile-emulator';

export const REFERENCE_PAGES: readonly ReferencePage[] = [
  {
    name: 'emulator',
    entries: [{ specifier: PACKAGE, source: 'src/server/index.ts' }],
    seeAlso: 'What each option means: [serve.md](serve.md). In tests: [testing.md](../testing.md).',
  },
  {
    name: 'client',
    entries: [{ specifier: `${PACKAGE}/client`, source: 'src/client/index.ts' }],
    seeAlso: 'What each option means, and what an upload does: [uploading.md](../uploading.md).',
  },
  {
    name: 'testing',
    entries: [
      { specifier: `${PACKAGE}/testing`, source: 'src/testing/index.ts' },
      { specifier: `${PACKAGE}/testing/vitest`, source: 'src/testing/vitest.ts' },
    ],
    seeAlso:
      'How to use them: [vitest](../how-to/vitest.md), [Jest](../how-to/jest.md), [node:test](../how-to/node-test.md).',
  },
  {
    name: 'compare',
    entries: [{ specifier: `${PACKAGE}/compare`, source: 'src/compare/index.ts' }],
    seeAlso: 'The same in a browser: [console.md](../console.md).',
  },
  {
    name: 'sim',
    entries: [{ specifier: `${PACKAGE}/sim`, source: 'src/sim/index.ts' }],
    seeAlso: 'Needs fast-check, a peer. What `tpe simulate` makes of it: [simulation.md](../simulation.md).',
  },
];

/** Kinds of exports, in the order in which they are told. */
const KINDS = [
  { title: 'Functions', flags: SymbolFlags.Function },
  { title: 'Classes', flags: SymbolFlags.Class },
  { title: 'Values', flags: SymbolFlags.Variable },
  { title: 'Types', flags: SymbolFlags.Interface | SymbolFlags.TypeAlias },
];
/** What a class of errors inherits from `Error`, and what is private. */
const NOT_TOLD = /^(?:message|name|stack|cause)$|^__|#/;
const PRIVATE = /^__|#/;
/** A shape that is spelled longer than this is told by the names of its fields. */
const SHAPE_MAX = 160;

/** The text of each page, Markdown that prettier has still to lay out. */
export function libraryReference(root: string): ReadonlyMap<string, string> {
  const api = new API({ cwd: root });
  try {
    const project = api.updateSnapshot({ openProjects: [`${root}/tsconfig.json`] }).getProject(`${root}/tsconfig.json`);
    if (project === undefined) throw new Error(`There is no project in ${root}.`);
    const reader = new DeclarationReader(project, root);
    return new Map(REFERENCE_PAGES.map((page) => [page.name, reader.page(page)]));
  } finally {
    api.close();
  }
}

class DeclarationReader {
  readonly #project: Project;
  readonly #checker: Checker;
  readonly #root: string;
  /** What stands on some page under its name. */
  readonly #exported: ReadonlySet<string>;

  constructor(project: Project, root: string) {
    this.#project = project;
    this.#checker = project.checker;
    this.#root = root;
    const sources = REFERENCE_PAGES.flatMap(({ entries }) => entries.map(({ source }) => source));
    this.#exported = new Set(sources.flatMap((source) => this.#exports(source).map(({ name }) => name)));
  }

  page({ entries, seeAlso }: ReferencePage): string {
    const [title, note, ...parts] = entries.flatMap(({ specifier, source }) => this.#entry(specifier, source));
    parts.unshift(title!, note!, seeAlso);
    return `${parts.join('\n\n')}\n`;
  }

  #entry(specifier: string, source: string): readonly string[] {
    const exported = this.#exports(source);
    const text = readFileSync(`${this.#root}/${source}`, 'utf8');
    const [, about = ''] = /^\/\*\* (?:What `[^`]*` exports[.:]?\s*)?([^]*?) ?\*\//.exec(text) ?? [];
    const sections = KINDS.flatMap(({ title, flags }) => {
      const those = exported.filter(({ symbol }) => (symbol.flags & flags) !== 0);
      if (those.length === 0) return [];
      return [`## ${title}`, ...those.flatMap(({ name, symbol }) => this.#export(name, symbol))];
    });
    return [`# \`${specifier}\``, GENERATED, sentence(about), ...sections].filter((part) => part !== '');
  }

  #exports(source: string): readonly { readonly name: string; readonly symbol: Symbol }[] {
    const file = this.#project.program.getSourceFile(`${this.#root}/${source}`)!;
    // The compiler works in several threads, and does not tell what a file exports in one order.
    const place = ({ name }: Symbol) => new RegExp(`\\b${name}\\b`).exec(file.text)?.index ?? file.text.length;
    const exported = this.#checker.getExportsOfModule(this.#checker.getSymbolAtLocation(file)!);
    const inOrder = exported.toSorted((one, other) => place(one) - place(other) || (one.name < other.name ? -1 : 1));
    return inOrder.map((symbol) => {
      const isAlias = (symbol.flags & SymbolFlags.Alias) !== 0;
      return { name: symbol.name, symbol: isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol };
    });
  }

  #export(name: string, symbol: Symbol): readonly string[] {
    const { text, examples, throws } = this.#docs(symbol);
    return [
      `### \`${name}\``,
      text,
      fence('ts', this.#declaration(name, symbol)),
      ...throws.map((thrown) => `_Throws_ ${thrown.replaceAll(/\s+/g, ' ')}`),
      ...examples.map((example) => fence('ts', example)),
    ].filter((part) => part !== '');
  }

  #docs(symbol: Symbol) {
    const tags = this.#checker.getJsDocTagsOfSymbol(symbol);
    const of = (name: string) => tags.filter((tag) => tag.name === name).map(({ text }) => (text ?? '').trim());
    return {
      text: this.#checker.getDocumentationCommentOfSymbol(symbol).trim(),
      throws: of('throws'),
      examples: of('example'),
    };
  }

  #declaration(name: string, symbol: Symbol): string {
    const node = symbol.declarations[0]?.resolve(this.#project);
    if (node === undefined) return '';
    if (isFunctionDeclaration(node)) {
      const { body } = node;
      const head = textOf(node).slice(0, body === undefined ? undefined : -textOf(body).length);
      // What it returns says the rest.
      return withoutExport(head.trim()).replace(/^(?:async )?function\*? /, 'function ');
    }
    if ((symbol.flags & SymbolFlags.Class) !== 0)
      return this.#members(`class ${name}`, this.#checker.getDeclaredTypeOfSymbol(symbol));
    if ((symbol.flags & SymbolFlags.Variable) !== 0) {
      const spelled = this.#spelled(this.#checker.getTypeOfSymbol(symbol)!);
      return `declare const ${name}: ${spelled.startsWith('ZodObject<') ? 'ZodObject' : spelled};`;
    }
    const declared = withoutExport(textOf(node));
    const bases = isInterfaceDeclaration(node) ? (node.heritageClauses ?? []).flatMap(({ types }) => [...types]) : [];
    const isDerived =
      bases.some((base) => !this.#exported.has(textOf(base))) ||
      (isTypeAliasDeclaration(node) && /= (?:z\.|Partial<|Omit<|Pick<|Readonly<)/.test(declared));
    // The words themselves, of a table that is not exported.
    if (/ = keyof typeof \w+;$/.test(declared))
      return `type ${name} = ${this.#checker.typeToString(this.#checker.getDeclaredTypeOfSymbol(symbol), undefined, NodeBuilderFlags.NoTruncation | NodeBuilderFlags.InTypeAlias)};`;
    if (!isDerived) return declared;
    return this.#members(`interface ${name}`, this.#checker.getDeclaredTypeOfSymbol(symbol));
  }

  /** An object type with every member that it has, inherited or mapped. */
  #members(head: string, type: Type): string {
    const untold = head.startsWith('interface') ? PRIVATE : NOT_TOLD;
    const members = this.#checker.getPropertiesOfType(type).filter(({ name }) => !untold.test(name));
    return `${head} {\n${members.map((member) => this.#member(member)).join('\n')}\n}`;
  }

  #member(member: Symbol): string {
    const { text } = this.#docs(member);
    const isOptional = (member.flags & SymbolFlags.Optional) !== 0;
    const name = `${/^\w+$/.test(member.name) ? member.name : JSON.stringify(member.name)}${isOptional ? '?' : ''}`;
    const node = member.declarations[0]?.resolve(this.#project);
    const comment = text === '' ? '' : `/**\n${text.replaceAll(/^/gm, ' * ')}\n */\n`;
    // As it was written, where it was: names say more than what they stand for.
    if (
      node !== undefined &&
      isPropertySignatureDeclaration(node) &&
      node.type !== undefined &&
      !textOf(node.type).startsWith('typeof')
    ) {
      return `${comment}${name}: ${textOf(node.type)};`;
    }
    const type = this.#checker.getTypeOfSymbol(member)!;
    const spelled = this.#spelled(type);
    if (/^(?:Bound)?Handle</.test(spelled)) return `${comment}${this.#members(`${name}:`, type)};`;
    return `${comment}${name}: ${isOptional ? spelled.replace(/ \| undefined$/, '') : spelled};`;
  }

  #spelled(type: Type): string {
    return shortened(this.#checker.typeToString(type, undefined, NodeBuilderFlags.NoTruncation));
  }
}

const GENERATED =
  '_Written from the types by `npm run docs`. The examples are those of the docstrings, and not run by our tests._';

/** Long shapes by the names of their fields alone; the control API's description has them in full. */
function shortened(spelled: string): string {
  let text = '';
  let depth = 0;
  let start = 0;
  for (const [index, letter] of [...spelled].entries()) {
    if (letter === '{' && depth++ === 0) start = index;
    if (depth === 0) text += letter;
    if (letter === '}' && --depth === 0) text += shapeOf(spelled.slice(start, index + 1));
  }
  return text;
}

function shapeOf(shape: string): string {
  if (shape.length <= SHAPE_MAX) return shape;
  let depth = 0;
  let fields = '';
  for (const letter of shape.slice(1, -1)) {
    if (/[{(<[]/.test(letter)) depth += 1;
    if (depth === 0) fields += letter;
    // An arrow closes nothing.
    if (/[})\]]/.test(letter) || (letter === '>' && !fields.endsWith('=>') && depth > 0)) depth -= 1;
  }
  const names = fields.split(';').flatMap((field) => /^\s*(?:readonly )?(\w+\??)/.exec(field)?.[1] ?? []);
  return `{ /* ${names.join(', ')} */ }`;
}

function textOf(node: Node): string {
  return node.getText();
}

function withoutExport(text: string): string {
  return text.replace(/^(?:\/\*\*[^]*?\*\/\s*)?(?:export )?(?:declare )?/, '');
}

function sentence(text: string): string {
  return text === '' ? '' : text.replace(/^./, (first) => first.toUpperCase());
}

function fence(language: string, text: string): string {
  return text === '' ? '' : `\`\`\`${language}\n${text}\n\`\`\``;
}
