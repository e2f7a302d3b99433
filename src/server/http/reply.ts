/** What is answered, as plain as the routes know it: most replies go to a socket and never become a `Response`. */
export class Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where there is no body. */
  readonly text: string;
  /** What goes out instead, where a fault slows or breaks the body. */
  readonly chunks: AsyncIterable<Uint8Array> | undefined;

  constructor(status: number, headers: Reply['headers'] = {}, text = '', chunks?: Reply['chunks']) {
    this.status = status;
    this.headers = headers;
    this.text = text;
    this.chunks = chunks;
  }

  /** The same with something else in places. */
  with({ headers = this.headers, text = this.text, chunks = this.chunks }: ReplyChange): Reply {
    return new Reply(this.status, headers, text, chunks);
  }
}

type ReplyChange = Partial<Pick<Reply, 'headers' | 'text' | 'chunks'>>;

/** For whoever asks without a socket. */
export function responseOf({ status, headers, text, chunks }: Reply): Response {
  const body = chunks === undefined ? text || null : ReadableStream.from<Uint8Array>(chunks);
  return new Response(body, { status, headers });
}
