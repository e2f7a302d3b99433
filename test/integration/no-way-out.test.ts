/** The emulator takes requests for Adobe's hosts and for any other, and never opens a connection itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect } from 'node:net';
import dns from 'node:dns';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startEmulator } from '../../src/server/index.ts';

/** Bytes that ask for a way out, each on a connection of its own, from another process: what this one opens is counted. */
const WAYS_OUT = [
  'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n',
  'CONNECT demo.tt.omtrdc.net:80 HTTP/1.1\r\nHost: x\r\n\r\nGET /m2/demo/profile/batchStatus?batchId=1 HTTP/1.1\r\nHost: demo.tt.omtrdc.net\r\n\r\n',
  'CONNECT demo.tt.omtrdc.net:443 HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET http://demo.tt.omtrdc.net/rest/v1/profiles/1?client=demo HTTP/1.1\r\nHost: demo.tt.omtrdc.net\r\n\r\n',
  'GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: mc.adobe.io\r\n\r\n',
  'POST /m2/demo/v2/profile/batchUpdate HTTP/1.1\r\nHost: mboxedge28.tt.omtrdc.net\r\nContent-Length: 18\r\nX-Forwarded-Host: demo.tt.omtrdc.net\r\n\r\nbatch=pcId,a\n1,one',
  'GET /__emulator/ca.pem HTTP/1.1\r\nHost: localhost\r\n\r\n',
];

const SEND = `
  const { connect } = require('node:net');
  const [port, ...texts] = JSON.parse(process.argv[1]);
  Promise.all(texts.map((text) => new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.once('data', () => socket.destroy()).once('error', done).once('close', done);
  }))).then(() => process.exit());
`;

it('whatever is asked, no connection is opened and no name is looked up', async () => {
  const emulator = await startEmulator({ tlsPort: 0, trustProxy: true, linkHost: 'edge' });
  onTestFinished(() => emulator.close());
  const opened: unknown[] = [];
  const note = (message: unknown) => opened.push(message);
  subscribe('net.client.socket', note);
  onTestFinished(() => void unsubscribe('net.client.socket', note));
  const lookups = [vi.spyOn(dns, 'lookup'), vi.spyOn(dns, 'resolve'), vi.spyOn(dns.promises, 'lookup')];

  const child = spawn(process.execPath, ['-e', SEND, JSON.stringify([emulator.port, ...WAYS_OUT])]);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(emulator.journal.read({}).entries.length).toBeGreaterThanOrEqual(WAYS_OUT.length - 1);
  expect(opened).toEqual([]);
  for (const lookup of lookups) expect(lookup).not.toHaveBeenCalled();

  // The hook sees what it is there for.
  expect(channel('net.client.socket').hasSubscribers).toBe(true);
  connect(emulator.port, '127.0.0.1').destroy();
  expect(opened).toHaveLength(1);
});
