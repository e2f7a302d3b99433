/** What an operation of the harness is: said once, and every way in is derived from it. */
import { z } from 'zod';
import type { Services } from '../http/services.ts';
import { once } from '../runtime/once.ts';

export type Route = `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`;

/** What is asked, before anybody has judged it. */
export interface Asked {
  readonly path?: object;
  readonly query?: object;
  readonly body?: unknown;
}

/** What all operations have, whatever they take and give. */
export interface AnyOperation {
  /** Of the control API, below `/__emulator`; several where a part of the path may be left out. */
  readonly routes: readonly Route[];
  /** What it is for, to a reader of the reference. */
  readonly sentence: string;
  /** What judges the input, made when first asked for; no `body` where none is taken. */
  readonly taken: () => {
    readonly path: z.ZodObject;
    readonly query: z.ZodObject;
    readonly body: z.ZodType | undefined;
  };
  /** 1 MiB unless told. */
  readonly bodyBytesMax: number;
  /** By status, the ordinary one first; null where there is nothing to say. Made when asked: schemas are slow to make. */
  readonly replies: Readonly<Record<number, (() => z.ZodType) | null>>;
  /** What it reads, or reads and changes, as it is once all that is due at once has been applied: over HTTP it waits for that. */
  readonly reads?: 'profiles' | undefined;
  /** Where `does` is an async function: the method then rejects wrong input too, and throws nothing. */
  readonly isAsync: boolean;
  /** What the arguments of the method ask. */
  asked(...args: readonly unknown[]): Asked;
  /** The method's arguments, from those of the same method of one client code's handle. */
  binds(code: string, ...args: readonly unknown[]): readonly unknown[];
  does(services: Services, input: object, operations: OperationTable): unknown;
  /** What the method gives of what was done. */
  gives(done: unknown): unknown;
  /** The same as JSON, or a `Told` of another status. */
  tells(done: unknown, services: Services, input: object): unknown;
  /** What is told where that is undefined or false; without one it is told like all else. */
  absent(input: object, services: Services): Told | undefined;
}

/** `Method` is how it is called in process, `Bound` the same for one client code, `Reply` its ordinary JSON. */
export interface Operation<Method, Bound, Reply> extends AnyOperation {
  /** For types alone: never there. */
  readonly typed?: { readonly method: Method; readonly bound: Bound; readonly reply: Reply };
}

export interface OperationTable {
  readonly [name: string]: AnyOperation | OperationTable;
}

/** What judges the input. */
interface Taken {
  readonly path?: z.ZodRawShape;
  readonly query?: z.ZodRawShape;
  readonly body?: z.ZodType;
}

type Input<Takes extends Taken> = (Takes extends { readonly path: infer Path extends z.ZodRawShape }
  ? z.output<z.ZodObject<Path>>
  : object) &
  (Takes extends { readonly query: infer Query extends z.ZodRawShape } ? z.output<z.ZodObject<Query>> : object) &
  (Takes extends { readonly body: infer Body extends z.ZodType } ? { readonly body: z.output<Body> } : object);
type ReplyOf<Replies> = Replies extends { readonly 200: () => infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined;
/** Whether the method's first argument is a client code: where a route names it, unless `binds` says otherwise. */
type FirstOf<At> = [Extract<At, `${string}{client}${string}`>] extends [never] ? undefined : 'first';
type WithoutFirst<Args extends unknown[]> = Args extends [unknown?, ...infer Rest] ? Rest : never;
type Absent<Done> = Extract<Done, undefined | false>;

const CONTROL_BODY_BYTES_MAX = 1024 * 1024;

/** An operation in full. Its schemas judge the input whatever way it came. */
export function operation<
  Done,
  const At extends Route,
  Replies extends AnyOperation['replies'] = { 204: null },
  Args extends unknown[] = [],
  Takes extends Taken = Taken,
  Client extends 'first' | undefined = FirstOf<At>,
  Bound extends unknown[] = Client extends 'first' ? WithoutFirst<Args> : Args,
  Given = Done,
>(
  parts: Partial<Pick<AnyOperation, 'bodyBytesMax' | 'reads'>> & {
    readonly route: At | readonly At[];
    readonly sentence: string;
    /** Called once, and not before somebody asks. */
    readonly takes?: () => Takes;
    readonly replies?: Replies;
    /** Where the method has arguments. */
    readonly asked?: (...args: Args) => Asked;
    /** Where no route names the client code that the method has first. */
    readonly client?: Client;
    readonly binds?: (code: string, ...args: Bound) => NoInfer<Args>;
    readonly does: (services: Services, input: Input<Takes>, operations: OperationTable) => Done;
    readonly gives?: (done: Awaited<Done>) => Given;
    readonly absent?: (input: Input<Takes>, services: Services) => Told | undefined;
    readonly tells?: (
      done: Exclude<Awaited<Done>, Absent<Awaited<Done>>>,
      services: Services,
      input: Input<Takes>,
    ) => unknown;
  } & ([Absent<Awaited<Done>>] extends [never] ? object : { readonly absent: object }),
): Operation<(...args: Args) => Given, (...args: Bound) => Given, ReplyOf<Replies>> {
  const routes = [parts.route].flat();
  const isBound = parts.client === 'first' || routes.some((route) => route.includes('{client}'));
  return {
    bodyBytesMax: CONTROL_BODY_BYTES_MAX,
    replies: { 204: null },
    asked: () => ({}),
    binds: (code: string, ...args: readonly unknown[]) => (isBound ? [code, ...args] : args),
    gives: (done: unknown) => done,
    tells: (done: unknown) => done,
    absent: () => undefined,
    ...parts,
    routes,
    isAsync: parts.does instanceof AsyncFunction,
    taken: once(() => {
      const { path = {}, query = {}, body }: Taken = parts.takes?.() ?? {};
      return { path: z.strictObject(path), query: z.strictObject(query), body };
    }),
  };
}

const AsyncFunction = (async () => {}).constructor;

/** An answer of another status than the operation's ordinary one. */
export class Told {
  readonly status: number;
  readonly json: unknown;
  constructor(status: number, json: unknown) {
    this.status = status;
    this.json = json;
  }
}

export const isOperation = (entry: AnyOperation | OperationTable): entry is AnyOperation =>
  Array.isArray(entry['routes']);

/** All of a table, those of its groups too. */
export function operationsIn(table: OperationTable): readonly AnyOperation[] {
  return Object.values(table).flatMap((entry) => (isOperation(entry) ? [entry] : operationsIn(entry)));
}
