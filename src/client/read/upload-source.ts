/** Where the rows come from: files by path, texts, streams such as stdin, anything that can be opened again; or several. */

/** A Node or web stream, a generator, an array; text is taken as UTF-8. */
export type Chunks = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

/** Several are read one after the other: each has its own header row, all write into the same attributes. */
export type UploadSource = OneSource | readonly OneSource[];

export type OneSource =
  /** A file's path. */
  | string
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly chunks: Chunks }
  /** Opened when it is read: once by an upload, perhaps again by a plan, which must get the same bytes. */
  | { readonly name: string; readonly open: () => Chunks; readonly bytes?: number };
