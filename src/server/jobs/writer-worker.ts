/** The writer thread's entry, a file of its own in the package: owns the read-write connection and does as it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { openClaimedWriter } from './inline-writer.ts';
import { serveWriter } from './serve-writer.ts';
import type { WriterWorkerData } from './writer-messages.ts';

if (parentPort === null) throw new Error('writer-worker is started by the emulator, as a thread.');
serveWriter(parentPort, () => openClaimedWriter(workerData as WriterWorkerData));
