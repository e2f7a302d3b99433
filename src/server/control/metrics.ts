/** The emulator for Prometheus: counted by the way, and written down with prom-client when somebody asks. */
import type { Services } from '../http/services.ts';
import type { JournalEvent, JournalRequest } from '../store/journal-entries.ts';

/** Requests by operation, status and cause; faults by name. A sender chooses none of these words. */
export function eventCounts() {
  const requests = new Map<string, number>();
  const faults = new Map<string, number>();
  const more = (counts: Map<string, number>, key: string) => void counts.set(key, (counts.get(key) ?? 0) + 1);
  return {
    requests,
    faults,
    count(event: JournalEvent): void {
      if (event.kind === 'fault') more(faults, event.fault);
      else more(requests, `${event.operation ?? 'none'} ${event.status ?? 'none'} ${causeOf(event)}`);
    },
  };
}

/** The first of several; each bug has a number of its own. */
const causeOf = ({ cause = '' }: JournalRequest) => cause.replace(/,.*|(?<=^bug)\/.*/, '');

export type EventCounts = ReturnType<typeof eventCounts>;

type Measured = Pick<
  Services,
  'reader' | 'inFlight' | 'problems' | 'isFailed' | 'version' | 'clock' | 'eventCounts' | 'options'
>;

/** The text of a scrape, and its content type. The library is loaded with the first one. */
export async function metricsText(services: Measured): Promise<{ readonly text: string; readonly type: string }> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, value: number) => new Gauge({ name, help, registers }).set(value);
  const { reader, inFlight, problems, isFailed, version, clock, eventCounts: counts, options } = services;

  new Gauge({ name: 'tpe_info', help: 'As what it was started.', labelNames: ['version', 'pace'], registers }).set(
    { version, pace: options.pace },
    1,
  );
  gauge('tpe_up', '0 once it cannot apply rows any more.', isFailed() ? 0 : 1);
  const broken = new Set<string>(problems.parts());
  const problem = new Gauge({
    name: 'tpe_problem',
    help: '1 for a part that does not work now.',
    labelNames: ['part'],
    registers,
  });
  for (const part of ['journal', 'data', 'bodies', 'socket']) problem.set({ part }, broken.has(part) ? 1 : 0);
  const { batches, bytes } = reader.backlog();
  gauge('tpe_waiting_batches', 'Batches accepted and not complete.', batches);
  gauge('tpe_waiting_bytes', 'Bytes of their bodies.', bytes);
  gauge('tpe_arriving_bytes', 'Bytes of bodies that are on their way.', inFlight.bytes());
  gauge('tpe_clock_seconds', "The emulator's time, in seconds since 1970.", clock.now() / 1_000);
  gauge('process_resident_memory_bytes', 'Memory of the process.', process.memoryUsage.rss());
  const { user, system } = process.cpuUsage();
  const cpu = { name: 'process_cpu_seconds_total', help: 'Processor time of the process.', registers };
  new Counter(cpu).inc((user + system) / 1_000_000);

  const labelNames = ['operation', 'status', 'cause'] as const;
  const requests = new Counter({
    name: 'tpe_requests_total',
    help: 'Requests that the journal was given.',
    labelNames,
    registers,
  });
  for (const [key, count] of counts.requests) {
    const [operation = '', status = '', cause = ''] = key.split(' ', 3);
    requests.inc({ operation, status, cause }, count);
  }
  const faults = new Counter({
    name: 'tpe_faults_total',
    help: 'Faults that fired.',
    labelNames: ['fault'],
    registers,
  });
  for (const [fault, count] of counts.faults) faults.inc({ fault }, count);
  return { text: await registry.metrics(), type: registry.contentType };
}
