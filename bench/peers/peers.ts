/** What a user would otherwise pick: a general mock server that answers the submission with constant bytes. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Peer {
  readonly name: string;
  readonly npmName: string;
  readonly version: string;
  readonly runtime: 'node' | 'java';
  /** The submission it is told to answer. */
  readonly path: string;
  readonly body: string;
  readonly status: number;
  /** Writes its settings into `directory`, where it is installed; what to run. */
  command(directory: string, port: number): readonly [program: string, ...args: string[]];
}

const PATH = '/m2/demo/v2/profile/batchUpdate';
const TINY = 'batch=thirdPartyId,attribute1,attribute2\ncrm-1,gold,1\ncrm-2,silver,2\n';
const REPLY =
  '<response><success>true</success><batchStatus>http://127.0.0.1/m2/demo/profile/batchStatus?batchId=demo-1795451532075-81566548</batchStatus><message>Batch submitted for processing</message></response>';

export const PEERS: readonly Peer[] = [
  {
    name: 'Mockoon',
    npmName: '@mockoon/cli',
    version: '9.9.0',
    runtime: 'node',
    path: PATH,
    body: TINY,
    status: 200,
    command(directory, port) {
      const file = settingsFile(directory, 'mockoon.json', mockoonEnvironment(port));
      const cli = 'node_modules/@mockoon/cli/bin/run.js';
      return [
        process.execPath,
        join(directory, cli),
        'start',
        '--data',
        file,
        '--port',
        String(port),
        '--repair',
        '--disable-log-to-file',
      ];
    },
  },
  {
    name: 'Prism',
    npmName: '@stoplight/prism-cli',
    version: '5.14.2',
    runtime: 'node',
    path: PATH,
    body: TINY,
    status: 200,
    command(directory, port) {
      const file = settingsFile(directory, 'openapi.json', openApi());
      const cli = join(directory, 'node_modules/@stoplight/prism-cli/dist/index.js');
      return [
        process.execPath,
        cli,
        'mock',
        file,
        '--port',
        String(port),
        '--host',
        '127.0.0.1',
        '--verboseLevel',
        'silent',
      ];
    },
  },
  {
    name: 'json-server',
    npmName: 'json-server',
    version: '0.17.4',
    runtime: 'node',
    // It has no constant replies: every POST adds an object to a JSON file.
    path: '/batches',
    body: '',
    status: 201,
    command(directory, port) {
      const file = settingsFile(directory, 'db.json', { batches: [] });
      const cli = join(directory, 'node_modules/json-server/lib/cli/bin.js');
      return [process.execPath, cli, '--quiet', '--host', '127.0.0.1', '--port', String(port), file];
    },
  },
  {
    name: 'WireMock',
    npmName: 'wiremock',
    version: '3.13.2',
    runtime: 'java',
    path: PATH,
    body: TINY,
    status: 200,
    command(directory, port) {
      mkdirSync(join(directory, 'mappings'), { recursive: true });
      settingsFile(join(directory, 'mappings'), 'submission.json', {
        request: { method: 'POST', urlPath: PATH },
        response: { status: 200, headers: { 'Content-Type': 'text/xml;charset=UTF-8' }, body: REPLY },
      });
      const options = ['--port', String(port), '--bind-address', '127.0.0.1', '--root-dir', directory];
      return ['java', '-jar', jarIn(join(directory, 'node_modules/wiremock')), ...options, '--no-request-journal'];
    },
  },
];

function settingsFile(directory: string, name: string, settings: object): string {
  const file = join(directory, name);
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

function jarIn(directory: string): string {
  const files = existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }) : [];
  const jar = files.find((file) => file.endsWith('.jar'));
  if (jar === undefined) throw new Error('There is no jar in the package.');
  return join(directory, jar);
}

function openApi(): object {
  const requestBody = { content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } } };
  const content = { 'text/xml': { schema: { type: 'string' }, example: REPLY } };
  return {
    openapi: '3.0.3',
    info: { title: 'submission', version: '1' },
    paths: { [PATH]: { post: { requestBody, responses: { 200: { description: 'accepted', content } } } } },
  };
}

function mockoonEnvironment(port: number): object {
  const uuid = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;
  return {
    uuid: uuid(1),
    lastMigration: 33,
    name: 'submission',
    endpointPrefix: '',
    latency: 0,
    port,
    hostname: '127.0.0.1',
    folders: [],
    routes: [
      {
        uuid: uuid(2),
        type: 'http',
        documentation: '',
        method: 'post',
        endpoint: PATH.slice(1),
        responses: [
          {
            uuid: uuid(3),
            body: REPLY,
            latency: 0,
            statusCode: 200,
            label: '',
            headers: [{ key: 'Content-Type', value: 'text/xml;charset=UTF-8' }],
            bodyType: 'INLINE',
            filePath: '',
            databucketID: '',
            sendFileAsBody: false,
            rules: [],
            rulesOperator: 'OR',
            disableTemplating: true,
            fallbackTo404: false,
            default: true,
            crudKey: 'id',
            callbacks: [],
          },
        ],
        responseMode: null,
        streamingMode: null,
        streamingInterval: 0,
      },
    ],
    rootChildren: [{ type: 'route', uuid: uuid(2) }],
    proxyMode: false,
    proxyHost: '',
    proxyRemovePrefix: false,
    tlsOptions: { enabled: false, type: 'CERT', pfxPath: '', certPath: '', keyPath: '', caPath: '', passphrase: '' },
    cors: false,
    headers: [],
    proxyReqHeaders: [],
    proxyResHeaders: [],
    data: [],
    callbacks: [],
  };
}
