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
const causeOf = ({ cause }: JournalRequest) => cause?.replace(/,.*|(?<=^bug)\/.*/, '') ?? '';

export type EventCounts = ReturnType<typeof eventCounts>;

/** The text of a scrape, and its content type. The library is loaded with the first one. */
export async function metricsText(services: Services): Promise<{ readonly text: string; readonly type: string }> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  const { reader, inFlight, problems, isFailed, version, clock, eventCounts: counts, options } = services;
  const gauge = <Label extends string = never>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <Label extends string = never>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });

  gauge('tpe_info', 'As what it was started.', 'version', 'pace').set({ version, pace: options.pace }, 1);
  gauge('tpe_up', '0 once it cannot apply rows any more.').set(isFailed() ? 0 : 1);
  const broken = new Set<string>(problems.parts());
  const problem = gauge('tpe_problem', '1 for a part that does not work now.', 'part');
  for (const part of ['journal', 'data', 'bodies', 'socket']) problem.set({ part }, broken.has(part) ? 1 : 0);
  const { batches, bytes } = reader.backlog();
  gauge('tpe_waiting_batches', 'Batches accepted and not complete.').set(batches);
  gauge('tpe_waiting_bytes', 'Bytes of their bodies.').set(bytes);
  gauge('tpe_arriving_bytes', 'Bytes of bodies that are on their way.').set(inFlight.bytes());
  gauge('tpe_clock_seconds', "The emulator's time, in seconds since 1970.").set(clock.now() / 1_000);
  gauge('process_resident_memory_bytes', 'Memory of the process.').set(process.memoryUsage.rss());
  const { user, system } = process.cpuUsage();
  counter('process_cpu_seconds_total', 'Processor time of the process.').inc((user + system) / 1_000_000);

  const byWords = ['operation', 'status', 'cause'] as const;
  const requests = counter('tpe_requests_total', 'Requests that the journal was given.', ...byWords);
  for (const [key, count] of counts.requests) {
    const [operation = '', status = '', cause = ''] = key.split(' ', 3);
    requests.inc({ operation, status, cause }, count);
  }
  const faults = counter('tpe_faults_total', 'Faults that fired.', 'fault');
  for (const [fault, count] of counts.faults) faults.inc({ fault }, count);
  return { text: await registry.metrics(), type: registry.contentType };
}
