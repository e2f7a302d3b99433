/** Bytes kept to be read again, as often as needed: what fills no piece stays in memory, the rest is in a private file. */
import type { PrivateDirectory } from './private-directory.ts';

export class HeldBytes {
  readonly #spool: PrivateDirectory;
  readonly #name: string;
  #path: string | undefined;
  #inMemory: Uint8Array[] = [];
  #bytesInMemory = 0;

  /** `name` is the file's, which is made when it is first needed. */
  constructor(spool: PrivateDirectory, name: string) {
    this.#spool = spool;
    this.#name = name;
  }

  /** The bytes must stay as they are. */
  async add(bytes: Uint8Array): Promise<void> {
    this.#inMemory.push(bytes);
    this.#bytesInMemory += bytes.length;
    if (this.#bytesInMemory < PIECE_BYTES) return;
    this.#path ??= await this.#spool.create(this.#name);
    await this.#spool.append(this.#path, Buffer.concat(this.#inMemory));
    this.#inMemory = [];
    this.#bytesInMemory = 0;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    if (this.#path !== undefined) yield* this.#spool.read(this.#path);
    yield* this.#inMemory;
  }

  /** Takes the file away before the whole directory goes. */
  async drop(): Promise<void> {
    this.#inMemory = [];
    this.#bytesInMemory = 0;
    if (this.#path !== undefined) await this.#spool.delete(this.#path);
    this.#path = undefined;
  }
}

/** So much is written at once; an upload that is smaller leaves nothing on the disk. */
export const PIECE_BYTES = 1024 * 1024;
