/** Bytes kept to be read again, as often as needed, whole lines at a time: few stay in memory, the rest is in a private file. */
import type { PrivateDirectory } from './private-directory.ts';

export class HeldBytes {
  readonly #spool: PrivateDirectory;
  #name: string;
  readonly #bufferBytes: number;
  #isFile = false;
  #buffer = NOTHING;
  #buffered = 0;

  /** `name` is the file's, which is made when it is first needed. */
  constructor(spool: PrivateDirectory, name: string, bufferBytes: number = BUFFER_BYTES) {
    this.#spool = spool;
    this.#name = name;
    this.#bufferBytes = bufferBytes;
  }

  /** Copies. A promise only where the file is written to: rows are many. */
  add(bytes: Buffer, start = 0, end: number = bytes.length): Promise<void> | undefined {
    const length = end - start;
    if (this.#buffered + length > this.#bufferBytes) return this.#overflow(bytes.subarray(start, end));
    if (this.#buffer === NOTHING) this.#buffer = Buffer.allocUnsafeSlow(this.#bufferBytes);
    bytes.copy(this.#buffer, this.#buffered, start, end);
    this.#buffered += length;
    return undefined;
  }

  /** Leaves nothing in memory, where many of these wait side by side; `name` is the file's from now on. */
  async settle(name = this.#name): Promise<void> {
    if (this.#isFile && name !== this.#name) await this.#spool.rename(this.#name, name);
    this.#name = name;
    await this.#flush();
    this.#buffer = NOTHING;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    if (this.#isFile) yield* this.#spool.read(this.#name);
    if (this.#buffered > 0) yield this.#buffer.subarray(0, this.#buffered);
  }

  /** Takes the file away before the whole directory goes. */
  async drop(): Promise<void> {
    this.#buffer = NOTHING;
    this.#buffered = 0;
    if (this.#isFile) await this.#spool.delete(this.#name);
    this.#isFile = false;
  }

  async #overflow(bytes: Buffer): Promise<void> {
    await this.#flush();
    if (bytes.length > this.#bufferBytes) return this.#append(bytes);
    bytes.copy(this.#buffer);
    this.#buffered = bytes.length;
  }

  async #flush(): Promise<void> {
    if (this.#buffered > 0) await this.#append(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    if (!this.#isFile) await this.#spool.create(this.#name);
    this.#isFile = true;
    await this.#spool.append(this.#name, bytes);
  }
}

/** An upload that is smaller leaves nothing on the disk. */
export const BUFFER_BYTES = 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/** All of them end with a line feed. A block is valid until the next one is asked for. */
export async function* lineBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const held: Uint8Array[] = [];
  for await (const chunk of chunks) {
    // A row of many chunks is copied once, when it has ended.
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) yield Buffer.concat([...held.splice(0), chunk.subarray(0, end)]);
    if (end < chunk.length) held.push(chunk.subarray(end));
  }
}

const LINE_FEED = 0x0a;
