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
  /** Made when first asked for, like the replies; undefined where nothing is taken there. */
  readonly path: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodType | undefined;
  readonly bodyBytesMax: number;
  /** By status, the ordinary one first; null where there is nothing to say. Made when asked: schemas are slow to make. */
  readonly replies: Readonly<Record<number, (() => z.ZodType) | null>>;
  /** What it reads, or reads and changes, as it is once all that is due at once has been applied: over HTTP it waits for that. */
  readonly reads: 'profiles' | undefined;
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

interface Parts<Takes extends Taken, Replies extends AnyOperation['replies']> {
  readonly route: Route | readonly Route[];
  readonly sentence: string;
  /** Called once, and not before somebody asks. */
  readonly takes?: () => Takes;
  /** 1 MiB unless told. */
  readonly bodyBytesMax?: number;
  readonly reads?: 'profiles';
  /** Where `does` gives a promise: the method then rejects wrong input too, and throws nothing. */
  readonly isAsync?: boolean;
  readonly replies: Replies;
}

type Input<Takes extends Taken> = (Takes extends { readonly path: infer Path extends z.ZodRawShape }
  ? z.output<z.ZodObject<Path>>
  : object) &
  (Takes extends { readonly query: infer Query extends z.ZodRawShape } ? z.output<z.ZodObject<Query>> : object) &
  (Takes extends { readonly body: infer Body extends z.ZodType } ? { readonly body: z.output<Body> } : object);
type ReplyOf<Replies> = Replies extends { readonly 200: () => infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined;
type WithoutFirst<Args extends unknown[]> = Args extends [unknown?, ...infer Rest] ? Rest : never;

const CONTROL_BODY_BYTES_MAX = 1024 * 1024;

/** An operation in full. Its schemas judge the input whatever way it came. */
export function operation<
  Done,
  Replies extends AnyOperation['replies'],
  Args extends unknown[] = [],
  Takes extends Taken = Taken,
  Client extends 'first' | undefined = undefined,
  Bound extends unknown[] = Client extends 'first' ? WithoutFirst<Args> : Args,
  Given = Done,
>(
  parts: Parts<Takes, Replies> & {
    /** Where the method has arguments. */
    readonly asked?: (...args: Args) => Asked;
    /** Where the method's first argument is a client code; `binds` says it where another one is. */
    readonly client?: Client;
    readonly binds?: (code: string, ...args: Bound) => NoInfer<Args>;
    readonly does: (services: Services, input: Input<Takes>, operations: OperationTable) => Done;
    readonly gives?: (done: Awaited<Done>) => Given;
    readonly tells?: (done: Awaited<Done>, services: Services, input: Input<Takes>) => unknown;
  },
): Operation<(...args: Args) => Given, (...args: Bound) => Given, ReplyOf<Replies>> {
  const { route, sentence, bodyBytesMax = CONTROL_BODY_BYTES_MAX, replies, reads, isAsync = false } = parts;
  const { asked = nothing, binds, client, does, gives = same, tells = same } = parts;
  const taken = once(() => {
    const { path, query, body }: Taken = parts.takes?.() ?? {};
    return { path: path && z.strictObject(path), query: query && z.strictObject(query), body };
  });
  return {
    routes: typeof route === 'string' ? [route] : route,
    sentence,
    get path() {
      return taken().path;
    },
    get query() {
      return taken().query;
    },
    get body() {
      return taken().body;
    },
    bodyBytesMax,
    replies,
    reads,
    isAsync,
    asked,
    binds: binds ?? (client === 'first' ? withFirst : withoutChange),
    does,
    gives,
    tells,
  };
}

const nothing = () => ({});
const same = (done: unknown) => done;
const withFirst = (code: string, ...args: readonly unknown[]) => [code, ...args];
const withoutChange = (_: string, ...args: readonly unknown[]) => args;

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
