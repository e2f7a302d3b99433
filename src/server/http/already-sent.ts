/** The adapter's word for a reply that went to the socket without it; loaded when a reply first does, or before. */
let said: Promise<Response> | undefined;

export async function alreadySent(): Promise<Response> {
  said ??= import('@hono/node-server/utils/response').then(({ RESPONSE_ALREADY_SENT }) => RESPONSE_ALREADY_SENT);
  try {
    return await said;
  } catch (error) {
    // Nothing could be opened just now.
    said = undefined;
    throw error;
  }
}
