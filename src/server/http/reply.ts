/** What is answered, as plain as the routes know it: most replies go to a socket and never become a `Response`. */

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where there is no body. */
  readonly text: string;
  /** What goes out instead, where a fault slows or breaks the body. */
  readonly chunks?: AsyncIterable<Uint8Array>;
}

export function responseOf({ status, headers, text, chunks }: Reply): Response {
  const body = chunks === undefined ? text || null : ReadableStream.from<Uint8Array>(chunks);
  return new Response(body, { status, headers });
}

/** Reads it whole: for what is answered by hand, or by a library. */
export async function replyOf(response: Response): Promise<Reply> {
  const { status, headers } = response;
  return { status, headers: Object.fromEntries(headers), text: await response.text() };
}
