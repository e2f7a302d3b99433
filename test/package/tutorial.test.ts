/** docs/tutorial.md, typed from its first line to its last in an empty folder. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentBlocks } from './document-blocks.ts';
import { installPackage, type InstalledPackage } from './installed-package.ts';
import { linkModules, typeDocument } from './typed-document.ts';

const FILE = 'docs/tutorial.md';

const inCi = process.env['CI'] === 'true';
let installed: InstalledPackage;
beforeAll(() => {
  installed = installPackage();
});
afterAll(() => installed.remove());

it('works as written, and prints what it says', { timeout: 240_000 }, async () => {
  expect(documentBlocks(FILE).filter(({ isNotRun }) => isNotRun)).toEqual([]);
  // Where CI=true, as .ci/run sets it, npm brings the dependencies from the registry; elsewhere they are linked.
  const install = 'npm i -D ../target-profile-emulator-0.1.0.tgz';
  expect(documentBlocks(FILE)[0]!.text.split('\n')).toContain(install);
  await typeDocument(FILE, installed, {
    prepare: () => {},
    insteadOf: inCi ? {} : { [install]: linkModules(installed) },
  });
});

describe('the typing itself, on fabricated documents', () => {
  const typed = async (document: string) => {
    const file = join(installed.directory, 'fabricated.md');
    writeFileSync(file, document);
    await typeDocument(file, installed);
  };
  const say = (words: string) => `\`\`\`sh\n${words}\n\`\`\`\n`;
  const see = (words: string) => `\n\`\`\`text\n${words}\n\`\`\`\n`;

  it('takes what was printed, however wide, and anything for …', async () => {
    await typed(say('echo "one   two"; echo three') + see('one two\n…'));
    await typed(`\`\`\`sh\n# hello.sh\necho hello\n\`\`\`\n\n${say('./hello.sh')}${see('hello')}`);
    await typed(`_Not run by our tests._\n\n${say('exit 1')}`);
  });

  it.each([
    ['another output', say('echo one') + see('two'), /fabricated\.md:5/],
    ['more than is shown', say('echo one; echo two') + see('one'), /fabricated\.md:5/],
    ['a command that fails', say('false; echo hidden'), /fabricated\.md:1/],
    ['a block that nothing is done with', '```js\nf();\n```\n', /neither typed, nor a file/],
  ])('sees %s', async (_, document, complaint) => {
    await expect(typed(document)).rejects.toThrow(complaint);
  });
});
