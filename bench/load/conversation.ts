/** Question and answer over one connection, for what is asked one at a time. */
import { rawConnection, type RawReply } from './raw-connection.ts';

export interface Conversation {
  /** Servers end a connection that was idle for some seconds. */
  isOpen(): boolean;
  /** Rejects when the connection is lost before the reply is whole. */
  ask(whole: Buffer): Promise<RawReply>;
  close(): void;
}

export async function converse(port: number): Promise<Conversation> {
  let lose: (error: Error) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  // Whoever asks hears of it; nobody may be asking.
  lost.catch(() => {});
  const connection = await rawConnection(port, (error) => lose(error));
  return {
    isOpen: () => connection.isOpen(),
    ask: (whole) => Promise.race([new Promise<RawReply>((done) => connection.request(whole, done)), lost]),
    close: () => connection.close(),
  };
}
