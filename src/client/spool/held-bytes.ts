/** Bytes kept to be read again, as often as needed: what fills no buffer stays in memory, the rest is in a private file. */
import type { PrivateDirectory } from './private-directory.ts';

export class HeldBytes {
  readonly #spool: PrivateDirectory;
  #name: string;
  readonly #bufferBytes: number;
  #isFile = false;
  #buffer = NOTHING;
  /** The one before, which is written to the file while this one fills. */
  #spare = NOTHING;
  #writing: Promise<void> | undefined;
  #buffered = 0;
  #bytes = 0;

  /** `name` is the file's, which is made when it is first needed. */
  constructor(spool: PrivateDirectory, name: string, bufferBytes: number = BUFFER_BYTES) {
    this.#spool = spool;
    this.#name = name;
    this.#bufferBytes = bufferBytes;
  }

  /** All that were added. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Copies. A promise only where the file is written to: rows are many. */
  add(bytes: Buffer, start = 0, end: number = bytes.length): Promise<void> | undefined {
    const length = end - start;
    this.#bytes += length;
    if (this.#buffered + length > this.#bufferBytes) return this.#overflow(bytes.subarray(start, end));
    this.#put(bytes, start, end);
    return undefined;
  }

  /** Leaves nothing in memory, where many of these wait side by side; `name` is the file's from now on. */
  async settle(name = this.#name): Promise<void> {
    if (this.#isFile && name !== this.#name) await this.#spool.rename(this.#name, name);
    this.#name = name;
    await this.#written();
    if (this.#buffered > 0) await this.#append(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
    this.#buffer = NOTHING;
    this.#spare = NOTHING;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    await this.#written();
    if (this.#isFile) yield* this.#spool.read(this.#name);
    if (this.#buffered > 0) yield this.#buffer.subarray(0, this.#buffered);
  }

  /** Takes the file away before the whole directory goes. */
  async drop(): Promise<void> {
    await this.#written();
    this.#buffer = NOTHING;
    this.#buffered = 0;
    if (this.#isFile) await this.#spool.delete(this.#name);
    this.#isFile = false;
  }

  #put(bytes: Buffer, start: number, end: number): void {
    if (this.#buffer === NOTHING) this.#buffer = Buffer.allocUnsafeSlow(this.#bufferBytes);
    bytes.copy(this.#buffer, this.#buffered, start, end);
    this.#buffered += end - start;
  }

  async #overflow(bytes: Buffer): Promise<void> {
    await this.#written();
    await this.#make();
    this.#writing = this.#append(this.#buffer.subarray(0, this.#buffered));
    // Told when it is waited for.
    this.#writing.catch(() => undefined);
    [this.#buffer, this.#spare] = [this.#spare, this.#buffer];
    this.#buffered = 0;
    if (bytes.length <= this.#bufferBytes) return this.#put(bytes, 0, bytes.length);
    await this.#written();
    return this.#append(bytes);
  }

  async #written(): Promise<void> {
    const writing = this.#writing;
    this.#writing = undefined;
    await writing;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await this.#make();
    await this.#spool.append(this.#name, bytes);
  }

  async #make(): Promise<void> {
    if (!this.#isFile) await this.#spool.create(this.#name);
    this.#isFile = true;
  }
}

/** An upload that is smaller leaves nothing on the disk. */
export const BUFFER_BYTES = 1024 * 1024;

const NOTHING = Buffer.alloc(0);
