/** The adapter's word for a reply that went to the socket without it; loaded when a reply first does. */
let said: Promise<Response> | undefined;

export function alreadySent(): Promise<Response> {
  return (said ??= import('@hono/node-server/utils/response').then(
    ({ RESPONSE_ALREADY_SENT }) => RESPONSE_ALREADY_SENT,
  ));
}
