/** Where the rows come from: files by path, a stream such as stdin, or anything that can be opened again; or several. */

/** Several are read one after the other: each has its own header row, all write into the same attributes. */
export type UploadSource = OneSource | readonly OneSource[];

export type OneSource =
  /** A file's path. */
  | string
  /** Read once and spooled to a private temporary file, because some inputs are read twice. */
  | { readonly name: string; readonly chunks: AsyncIterable<Uint8Array> }
  /** Opened anew for each reading; must give the same bytes every time. */
  | { readonly name: string; readonly open: () => AsyncIterable<Uint8Array>; readonly bytes?: number };
