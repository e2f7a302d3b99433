/** Where the rows come from: a file's path, a text, a stream such as stdin, or anything that can be opened again. */

/** A Node or web stream, a generator, an array; text is taken as UTF-8. */
export type Chunks = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

export type UploadSource =
  /** A file's path. */
  | string
  | { readonly name: string; readonly text: string }
  /** Read once and spooled to a nameless temporary file, because some inputs are read twice. */
  | { readonly name: string; readonly chunks: Chunks }
  /** Opened anew for each reading; must give the same bytes every time. */
  | { readonly name: string; readonly open: () => Chunks; readonly bytes?: number };
