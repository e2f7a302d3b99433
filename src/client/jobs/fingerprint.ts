/** What a job is made of: the input's bytes and the options, so that a resume with others is refused with the difference. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Input, InputFile } from '../read/open-input.ts';
import { UploadError } from '../upload-error.ts';
import { type CompleteOptions, runOptionsSchema } from '../upload-options.ts';

/** The same input; `digest` gives the SHA-256 of its bytes, or of its files' digests, once all of it has been read to its end. */
export function digested(input: Input): Input & { digest(): string } {
  const digests = input.files.map(() => '');
  const files = input.files.map((file, index): InputFile => {
    async function* contents() {
      const hash = createHash('sha256');
      for await (const chunk of file.open()) {
        hash.update(chunk);
        yield chunk;
      }
      digests[index] = hash.digest('hex');
    }
    return { ...file, open: contents };
  });
  const digest = () => (digests.length === 1 ? digests[0]! : createHash('sha256').update(digests.join()).digest('hex'));
  return { ...input, files, digest };
}

/** All that a resume needs: no token, no password of a proxy, and not what was said of one run alone. */
export function keptOptions(options: CompleteOptions): Record<string, unknown> {
  const { token: _token, wait: _wait, onlyPart: _onlyPart, rollBack: _rollBack, proxy, ...kept } = options;
  return proxy === undefined || new URL(proxy).username !== '' ? kept : { ...kept, proxy };
}

/** The options of a resumed job, with the run's own changed. @throws `job-differs` */
export function resumedOptions(
  id: string,
  options: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const differences = Object.entries(changes).flatMap(([name, value]) => {
    if (name in runOptionsSchema.shape || isDeepStrictEqual(value, options[name])) return [];
    return [`${name} is ${textOf(options[name])} in the job and ${textOf(value)} here.`];
  });
  if (differences.length > 0) throw differs(id, differences);
  return { ...options, ...changes };
}

/** @throws `job-differs` */
export function assertSameInput(id: string, digest: string, input: { readonly name: string; readonly digest: string }) {
  if (input.digest === digest) return;
  throw differs(id, [
    `${input.name} is not the input of the job: its SHA-256 begins with ${input.digest.slice(0, 12)}, that of the job with ${digest.slice(0, 12)}.`,
  ]);
}

function differs(id: string, differences: readonly string[]): UploadError {
  const message = `Job ${id} sends what it was given then; leave the rest away to resume it, or upload anew.`;
  return new UploadError('job-differs', [message, ...differences].join(' '), { differences });
}

const textOf = (value: unknown) => (value === undefined ? 'not set' : JSON.stringify(value));
