/** A writer whose failures are noted: the data cannot be written just now, or can again. */
import type { Problems } from './problems.ts';
import { mayPass } from './runtime/emulator-error.ts';
import { type Writer, writerOf } from './store/verbs.ts';

export function watchedWriter(writer: Writer, problems: Pick<Problems, 'note' | 'over'>): Writer {
  return writerOf(async (name, args) => {
    try {
      const result = await writer[name](...args);
      problems.over('data');
      return result;
    } catch (error) {
      if (mayPass(error)) problems.note('data', error);
      throw error;
    }
  });
}
