/** The operations as methods: for a whole emulator, and for one client code of it. */
import type { Services } from '../http/services.ts';
import { closedError } from '../runtime/emulator-error.ts';
import { refuseOpaque } from '../input-issues.ts';
import { type AnyOperation, type Asked, isOperation, type Operation, type OperationTable } from './operation.ts';

/** A method for each operation of a table, groups as they stand there; `bound`: the client code is known and left out. */
export type Handle<Table, Kind extends 'free' | 'bound' = 'free'> = {
  readonly [Name in keyof Table]: Table[Name] extends Operation<infer Method, infer Bound, unknown>
    ? { readonly free: Method; readonly bound: Bound }[Kind]
    : Handle<Table[Name], Kind>;
};
export type BoundHandle<Table> = Handle<Table, 'bound'>;

export function handleOf<Table extends OperationTable>(services: Services, table: Table): Handle<Table> {
  return methodsOf(table, (each, args) => called(each, args, services, table)) as Handle<Table>;
}

export function boundHandleOf<Table extends OperationTable>(services: Services, table: Table, code: string) {
  const call: Call = (each, args) => called(each, each.binds(code, ...args), services, table);
  return methodsOf(table, call) as BoundHandle<Table>;
}

/** What was asked, judged. Throws a `ZodError` that names each wrong place. */
function judged({ taken }: AnyOperation, asked: Asked): object {
  refuseOpaque(asked.query);
  refuseOpaque(asked.body);
  const { path, query, body } = taken();
  return {
    ...path.parse(asked.path ?? {}),
    ...query.parse(asked.query === undefined ? {} : asked.query),
    ...(body !== undefined && { body: body.parse(asked.body) }),
  };
}

function called(each: AnyOperation, args: readonly unknown[], services: Services, table: OperationTable): unknown {
  const call = () => {
    if (services.isClosed()) throw closedError();
    return each.gives(each.does(services, judged(each, each.asked(...args)), table));
  };
  return each.isAsync ? (async () => call())() : call();
}

type Call = (each: AnyOperation, args: readonly unknown[]) => unknown;

function methodsOf(table: OperationTable, call: Call): object {
  const methods = Object.entries(table).map(([name, entry]) => [
    name,
    isOperation(entry) ? (...args: readonly unknown[]) => call(entry, args) : methodsOf(entry, call),
  ]);
  return Object.fromEntries(methods);
}
