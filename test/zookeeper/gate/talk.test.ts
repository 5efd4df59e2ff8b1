import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import type * as tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Disk } from '../../../lib/steward/gate';
import { ask, type Greeting, listen } from '../../../lib/zookeeper/gate/talk';
import { freePort } from '../../support/ports';

const PATIENCE = 1_000;
const open: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const greeting = (id: number, disk: Disk['state'] = 'empty', change: Partial<Greeting> = {}): Greeting => ({
  cluster: 'zk',
  id,
  founders: [1, 2, 3],
  disk,
  ...change,
});

/** A gate of member 2 that listens; what it heard, and the answers of `heard`. */
async function gate(own = greeting(2), options: { tls?: tls.TlsOptions; refuse?: string } = {}) {
  const port = freePort();
  const heard: Greeting[] = [];
  const listening = await listen(
    { port, host: '127.0.0.1', tls: options.tls },
    () => own,
    (from) => {
      heard.push(from);
      return options.refuse;
    },
  );
  open.push(listening);
  return { id: 2, host: '127.0.0.1', port, heard, close: () => listening.close() };
}

/** Something that is no gate. */
async function peer(serve: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return { id: 2, host: '127.0.0.1', port: (server.address() as net.AddressInfo).port };
}

const answering = (text: string) => peer((socket) => socket.once('data', () => socket.end(text)));
const silent = (reason: unknown) => ({ peer: { state: 'silent', reason } });
const CONF = `clientPort=2181
secureClientPort=-1
dataDir=/data/version-2
serverId=2
membership: 
server.1=zk-1:2888:3888:participant
server.2=zk-2:2888:3888:participant;0.0.0.0:2181
version=100000003`;

describe('two gates', () => {
  it.each<Disk['state']>(['empty', 'founding', 'data', 'lost', 'foreign'])(
    'tell each other: %s',
    async (state) => {
      const other = await gate(greeting(2, state));
      expect(await ask(other, greeting(1), PATIENCE)).toEqual({ peer: { state: 'gate', disk: state } });
      expect(other.heard).toEqual([greeting(1)]);
    },
  );

  it('are told apart by cluster, founders and id, and note nothing then', async () => {
    const foreign = await gate(greeting(2, 'empty', { cluster: 'other' }));
    expect(await ask(foreign, greeting(1), PATIENCE)).toEqual(silent('it belongs to other'));
    const changed = await gate(greeting(2, 'empty', { founders: [1, 2] }));
    expect(await ask(changed, greeting(1), PATIENCE)).toEqual(silent('it was told other founders (1, 2)'));
    const third = await gate(greeting(3));
    expect(await ask(third, greeting(1), PATIENCE)).toEqual(silent('it is member 3'));
    expect([...foreign.heard, ...changed.heard, ...third.heard]).toEqual([]);
  });

  it('do not count when the other does not take note', async () => {
    const other = await gate(greeting(2), { refuse: 'member 1 is not one of its peers' });
    expect(await ask(other, greeting(1), PATIENCE)).toEqual(
      silent('its gate says: member 1 is not one of its peers'),
    );
  });

  it('finish what they are in the middle of when one closes', async () => {
    const other = await gate();
    const socket = net.connect(other.port, other.host);
    const answers: string[] = [];
    socket.on('data', (chunk) => answers.push(chunk.toString()));
    socket.write('conf');
    await new Promise((resolve) => socket.once('data', resolve));
    const closed = other.close();
    socket.write(`${JSON.stringify(greeting(1))}\n`);
    await new Promise((resolve) => socket.once('end', resolve));
    socket.end();
    await closed;
    expect(answers.join('')).toMatch(/\nok\n$/);
    expect(other.heard).toEqual([greeting(1)]);
  });
});

describe('asking', () => {
  it('understands a server that serves', async () => {
    expect(await ask(await answering(CONF), greeting(1), PATIENCE)).toEqual({
      peer: { state: 'serving', version: 0x100000003n, members: [1, 2] },
      membership: {
        version: 0x100000003n,
        servers: [
          { id: 1, host: 'zk-1', quorumPort: 2888, electionPort: 3888, role: 'participant' },
          {
            id: 2,
            host: 'zk-2',
            quorumPort: 2888,
            electionPort: 3888,
            role: 'participant',
            client: { host: '0.0.0.0', port: 2181 },
          },
        ],
      },
    });
  });

  it('understands a server that does not serve', async () => {
    const server = await answering('This ZooKeeper instance is not currently serving requests\n');
    expect(await ask(server, greeting(1), PATIENCE)).toEqual({ peer: { state: 'waiting' } });
  });

  // Nothing but a server's own words may pass for one: it would be taken as proof that a cluster exists, or serves.
  it.each<[string, string, string]>([
    ['nothing', '', 'it closed the connection'],
    [
      'a word that is not allowed',
      'conf is not executed because it is not in the whitelist.\n',
      'it answered "conf is not executed because it is not in the whitelist.\\n", which is no configuration',
    ],
    [
      'HTTP',
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      'it answered "HTTP/1.1 400 Bad Request\\r\\n\\r\\n", which is no configuration',
    ],
    [
      'a server that stands alone',
      'clientPort=2181\nserverId=0\n',
      'it answered "clientPort=2181\\nserverId=0\\n", which is no configuration',
    ],
    [
      'a membership that cannot be read',
      'a=b\nmembership: \nserver.1=?\nversion=1',
      'it answered "a=b\\nmembership: \\nserver.1=?\\nversion=1", which is no configuration',
    ],
    [
      'a membership that was cut',
      CONF.slice(0, -20),
      `it answered ${JSON.stringify(CONF.slice(0, 80))}, which is no configuration`,
    ],
    ['half a gate', 'gate {"cluster":"zk"', 'its gate closed the connection'],
    ['a gate that makes no sense', 'gate {"cluster":\n', 'its answer cannot be read'],
    ['a gate without founders', 'gate {"cluster":"zk","id":2,"disk":"empty"}\n', 'its answer cannot be read'],
    [
      'a gate with another disk',
      'gate {"cluster":"zk","id":2,"founders":[1,2,3],"disk":"full"}\n',
      'its answer cannot be read',
    ],
    [
      'a gate that dies before it has noted',
      `gate ${JSON.stringify(greeting(2))}\n`,
      'its gate closed the connection',
    ],
    [
      'a gate that says half of ok',
      `gate ${JSON.stringify(greeting(2))}\nok`,
      'its gate closed the connection',
    ],
    ['without end', 'x'.repeat(300_000), 'it answers without end'],
  ])('is not taken in by %s', async (_, text, reason) => {
    expect(await ask(await answering(text), greeting(1), PATIENCE)).toEqual(silent(reason));
  });

  it('gives up on who is slow, and on who is not there', async () => {
    const mute = await peer(() => undefined);
    expect(await ask(mute, greeting(1), 100)).toEqual(silent('no answer within 100 ms'));
    const slow = await peer((socket) => {
      const timer = setInterval(() => socket.write('clientPort=1\n'), 10);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await ask(slow, greeting(1), 200)).toEqual(silent('no answer within 200 ms'));
    const reset = await peer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await ask(reset, greeting(1), PATIENCE)).toEqual(silent('read ECONNRESET'));
    const nobody = { id: 2, host: '127.0.0.1', port: freePort() };
    expect(await ask(nobody, greeting(1), PATIENCE)).toEqual(silent(expect.stringContaining('ECONNREFUSED')));
    const unknown = { id: 2, host: 'nobody.invalid', port: 1 };
    expect(await ask(unknown, greeting(1), 10_000)).toEqual(silent('its name does not resolve yet'));
  });
});

describe('listening', () => {
  const send = (port: number, ...chunks: (string | Buffer)[]) =>
    new Promise<string>((resolve) => {
      let text = '';
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      for (const chunk of chunks) socket.write(chunk);
    });

  it.each<[string, string | Buffer]>([
    ['a browser', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a ZooKeeper client', Buffer.from([0, 0, 0, 45, 0, 0, 0, 0])],
    ['another word', 'ruok'],
    ['a TLS handshake', Buffer.from([0x16, 3, 1, 0, 200, 1])],
  ])('tells %s nothing', async (_, chunk) => {
    const own = await gate();
    expect(await send(own.port, chunk)).toBe('');
    expect(own.heard).toEqual([]);
    expect(await ask(own, greeting(1), PATIENCE)).toMatchObject({ peer: { state: 'gate' } });
  });

  it.each([
    'garbage\n',
    '{"cluster":"zk"}\n',
    '{"cluster":"zk","id":"1","founders":[],"disk":"empty"}\n',
    'null\n',
  ])('survives the greeting %j', async (line) => {
    const own = await gate();
    expect(await send(own.port, 'conf', line)).toBe(
      `gate ${JSON.stringify(greeting(2))}\nthe greeting cannot be read\n`,
    );
    expect(own.heard).toEqual([]);
    expect(await ask(own, greeting(1), PATIENCE)).toMatchObject({ peer: { state: 'gate' } });
  });

  it('takes a greeting in pieces, and only one', async () => {
    const own = await gate();
    const line = JSON.stringify(greeting(1));
    const text = await send(own.port, 'co', 'nf', line.slice(0, 9), `${line.slice(9)}\n`, `${line}\n`);
    expect(text).toMatch(/\nok\n$/);
    expect(own.heard).toEqual([greeting(1)]);
  });

  it('survives a peer that goes in the middle, and who sends without end', async () => {
    const own = await gate();
    const socket = net.connect(own.port, own.host);
    socket.write('conf{"clus');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.resetAndDestroy();
    await send(own.port, 'conf', 'x'.repeat(300_000));
    expect(own.heard).toEqual([]);
    expect(await ask(own, greeting(1), PATIENCE)).toMatchObject({ peer: { state: 'gate' } });
  });

  it('closes soon, whoever holds on', async () => {
    const own = await gate();
    const socket = net.connect(own.port, own.host);
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    const before = performance.now();
    await own.close();
    expect(performance.now() - before).toBeLessThan(3_000);
    socket.destroy();
  });
});

const openssl = spawnSync('openssl', ['version']).status === 0;
const title = openssl ? 'gates that speak TLS' : 'gates that speak TLS (skipped: openssl is missing)';

describe.skipIf(!openssl)(title, () => {
  let keys: { ours: Keys; theirs: Keys };
  type Keys = { key: Buffer; cert: Buffer; ca: Buffer };

  // An authority, and a certificate for localhost by it.
  function certificate(directory: string): Keys {
    const file = (name: string) => path.join(directory, name);
    const run = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
    const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    run('req', '-x509', ...fresh, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=authority');
    run('req', ...fresh, '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', '/CN=localhost');
    fs.writeFileSync(file('names'), 'subjectAltName=DNS:localhost\n');
    run(
      'x509',
      '-req',
      '-in',
      'tls.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'tls.crt',
      '-extfile',
      'names',
    );
    const [key, cert, ca] = ['tls.key', 'tls.crt', 'ca.crt'].map((name) => fs.readFileSync(file(name)));
    return { key, cert, ca };
  }

  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'keys-'));
  afterAll(() => fs.rmSync(root, { recursive: true, force: true }));
  beforeAll(() => {
    const [ours, theirs] = ['ours', 'theirs'].map((name) =>
      certificate(fs.mkdtempSync(path.join(root, name))),
    );
    keys = { ours, theirs };
  });

  const secure = () =>
    gate(greeting(2), { tls: { ...keys.ours, requestCert: true, rejectUnauthorized: true } });
  const by = (address: { port: number }, options: tls.ConnectionOptions, servername = 'localhost') => ({
    id: 2,
    host: '127.0.0.1',
    port: address.port,
    tls: { ...options, servername },
  });

  it('know each other by their certificates', async () => {
    const other = await secure();
    expect(await ask(by(other, keys.ours), greeting(1), PATIENCE)).toEqual({
      peer: { state: 'gate', disk: 'empty' },
    });
    expect(other.heard).toEqual([greeting(1)]);
  });

  it.each<[string, (other: { port: number }) => ReturnType<typeof by>]>([
    ['of another authority', (other) => by(other, { ...keys.theirs, ca: keys.ours.ca })],
    ['that it does not have', (other) => by(other, { ca: keys.ours.ca })],
  ])('do not hear anybody with a certificate %s', async (_, address) => {
    const other = await secure();
    expect(await ask(address(other), greeting(1), PATIENCE)).toMatchObject({ peer: { state: 'silent' } });
    expect(other.heard).toEqual([]);
    expect(await ask(by(other, keys.ours), greeting(1), PATIENCE)).toMatchObject({ peer: { state: 'gate' } });
  });

  it('tell nothing to another authority, or to another name', async () => {
    const other = await secure();
    const stranger = await ask(by(other, keys.theirs), greeting(1), PATIENCE);
    expect(stranger).toMatchObject({
      peer: { state: 'silent', reason: expect.stringMatching(/certificate|signature/) },
    });
    const named = await ask(by(other, keys.ours, 'zk-2'), greeting(1), PATIENCE);
    expect(named).toEqual(silent(expect.stringContaining("Host: zk-2. is not in the cert's altnames")));
    expect(other.heard).toEqual([]);
  });

  it('survive plain text, and close although a handshake never ends', async () => {
    const other = await secure();
    expect(await ask({ id: 2, host: '127.0.0.1', port: other.port }, greeting(1), PATIENCE)).toMatchObject({
      peer: { state: 'silent' },
    });
    const half = net.connect(other.port, '127.0.0.1');
    half.on('error', () => undefined);
    half.write(Buffer.from([0x16, 3, 1]));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await ask(by(other, keys.ours), greeting(1), PATIENCE)).toMatchObject({ peer: { state: 'gate' } });
    const before = performance.now();
    await other.close();
    expect(performance.now() - before).toBeLessThan(3_000);
    half.destroy();
  });
});
