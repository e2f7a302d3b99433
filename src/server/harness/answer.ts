/** An operation asked from outside the process: judged, done, and told as JSON, whatever brought the question. */
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import type { Services } from '../http/services.ts';
import { readText } from './judged-fields.ts';
import { type AnyOperation, type OperationTable, Told } from './operation.ts';
import { refuseInput } from '../input-issues.ts';
import { refusalOf } from './refusals.ts';

/** Where the parts of a question are to be had. They may throw what `refusalOf` knows, such as `refuseInput` does. */
export interface Question {
  path(): object;
  query(): object;
  /** Read only if the rest is right; a `Told` where it is too large, undefined where there is none. */
  body(bytesMax: number): Promise<unknown>;
}

/** These are small: compiling a parser for them takes longer than reading many without. */
const READ_PLAINLY = { jitless: true } as const;

/** Rejects with what nobody expected, and with nothing else. */
export async function answer(
  operation: AnyOperation,
  question: Question,
  services: Services,
  operations: OperationTable,
): Promise<Told> {
  const { bodyBytesMax, reads, replies } = operation;
  const { path, query, body } = operation.taken();
  try {
    let input: object = {
      ...path.parse(readText(question.path(), path), READ_PLAINLY),
      // A parameter that says nothing here was meant to say something: `POST /release?client=demo`.
      ...query.parse(readText(question.query(), query), READ_PLAINLY),
    };
    const given = await question.body(bodyBytesMax);
    if (given instanceof Told) return given;
    if (body !== undefined) input = { ...input, body: body.parse(given) };
    else if (saysSomething(given)) refuseInput({ path: [], message: 'Takes no body' });
    if (reads === 'profiles' && 'client' in input) await services.applied(input.client as ClientCode);
    const done = await operation.does(services, input, operations);
    const absent = done === undefined || done === false ? operation.absent(input, services) : undefined;
    const told = absent ?? operation.tells(done, services, input);
    if (told instanceof Told) return told;
    const [[status, schema] = []] = Object.entries(replies);
    return new Told(Number(status), schema === null ? undefined : told);
  } catch (error) {
    const refused = refusalOf(error, takes(operation));
    if (refused === undefined) throw error;
    return refused;
  }
}

/** What could have been meant by whoever says too much. */
function takes({ routes, taken }: AnyOperation): string {
  const { query, body } = taken();
  const names = Object.keys(query.shape).map((name) => `?${name}`);
  const more = [...(body === undefined ? [] : ['a JSON body']), ...names];
  return `${routes.join(' or ')} takes ${more.length === 0 ? 'nothing more' : more.join(', ')}.`;
}

/** Some clients send `{}` with every POST. */
const saysSomething = (given: unknown) =>
  given !== undefined && !(typeof given === 'object' && given !== null && Object.keys(given).length === 0);
