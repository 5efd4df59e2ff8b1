import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const SCRIPTS = join(__dirname, '../../../lib/zookeeper/scripts');
const FOLLOWER =
  'Zookeeper version: 3.9.5\nLatency min/avg/max: 0/0.0/0\nReceived: 1\nMode: follower\nNode count: 5\n';
const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests\n';

const servers: Server[] = [];
const sockets = new Set<Socket>();
const directories: string[] = [];
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  for (const directory of directories) rmSync(directory, { recursive: true });
});

/** A server that notes the word it is asked and answers; null never answers. */
async function serverThat(answer: string | null, options: { hangsUp?: boolean } = {}) {
  const words: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      words.push(data.toString());
      if (answer === null) return;
      socket.write(answer);
      if (options.hangsUp !== false) socket.end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, words };
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const { port } = await serverThat('');
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

function run(
  script: string,
  port: number,
  env: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, CLIENT_PORT: String(port), ...env } };
    execFile('bash', [join(SCRIPTS, script)], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

describe.concurrent('alive.sh', () => {
  it.each([
    ['imok', 0],
    ['imok\n', 0],
    ['ruok is not executed because it is not in the whitelist.\n', 1],
    ['', 1],
  ])('is told %j and exits with %i', async (answer, code) => {
    const { port, words } = await serverThat(answer);
    expect(await run('alive.sh', port)).toMatchObject({ code });
    expect(words).toEqual(['ruok']);
  });

  it('takes an answer from a server that does not hang up', async () => {
    const { port } = await serverThat('imok', { hangsUp: false });
    expect(await run('alive.sh', port)).toMatchObject({ code: 0 });
  });

  it('fails at a closed port', async () => {
    expect(await run('alive.sh', await closedPort())).toMatchObject({ code: 1 });
  });

  it('gives up on a silent server before the kubelet does', async () => {
    const { port } = await serverThat(null);
    expect(await run('alive.sh', port)).toMatchObject({ code: 1 });
  });
});

describe.concurrent('ready.sh', () => {
  it.each([
    ['a follower', FOLLOWER, 0],
    ['an observer', FOLLOWER.replace('follower', 'observer'), 0],
    ['a server on its own', FOLLOWER.replace('follower', 'standalone'), 0],
    ['a server that waits for a quorum', NOT_SERVING, 1],
    ['a server that hangs up', '', 1],
    ['a server that mentions a mode in passing', 'Unknown Mode: follower\n', 1],
  ])('asks %s', async (_, answer, code) => {
    const { port, words } = await serverThat(answer);
    expect(await run('ready.sh', port)).toMatchObject({ code });
    expect(words).toEqual(['srvr']);
  });

  it('fails at a closed port', async () => {
    expect(await run('ready.sh', await closedPort())).toMatchObject({ code: 1 });
  });

  it('gives up on a silent server before the kubelet does', async () => {
    const { port } = await serverThat(null);
    expect(await run('ready.sh', port)).toMatchObject({ code: 1 });
  });
});

describe('alive.sh, with TLS', () => {
  function tlsDirectories() {
    const root = mkdtempSync(join(tmpdir(), 'alive-'));
    directories.push(root);
    const [mounted, prepared] = [join(root, 'mounted'), join(root, 'prepared')];
    mkdirSync(join(mounted, '..data'), { recursive: true });
    mkdirSync(prepared);
    for (const [file, text] of [
      ['tls.key', 'KEY'],
      ['tls.crt', 'CERTIFICATE\n'],
      ['ca.crt', 'AUTHORITY\n'],
    ]) {
      writeFileSync(join(mounted, '..data', file), text);
      symlinkSync(join('..data', file), join(mounted, file));
    }
    return { mounted, prepared, env: { TLS_MOUNTED: mounted, TLS_PREPARED: prepared } };
  }

  it('copies a renewed certificate to where the server watches', async () => {
    const { mounted, prepared, env } = tlsDirectories();
    const stores = ['keystore.pem', 'ca.pem'].map((name) => join(prepared, name));
    for (const file of stores) writeFileSync(file, 'OLD\n');
    utimesSync(join(mounted, 'tls.crt'), 1, 1);
    const { port } = await serverThat('imok');
    expect(await run('alive.sh', port, env)).toMatchObject({ code: 0 });
    expect(stores.map((file) => readFileSync(file, 'utf8'))).toEqual(['OLD\n', 'OLD\n']);

    const soon = Date.now() / 1000 + 60;
    utimesSync(join(mounted, 'tls.crt'), soon, soon);
    expect(await run('alive.sh', port, env)).toMatchObject({ code: 0 });
    expect(stores.map((file) => readFileSync(file, 'utf8'))).toEqual(['KEY\nCERTIFICATE\n', 'AUTHORITY\n']);
  });

  it('keeps the old stores when the new certificate is not whole', async () => {
    const { mounted, prepared, env } = tlsDirectories();
    writeFileSync(join(prepared, 'keystore.pem'), 'OLD\n');
    rmSync(join(mounted, 'ca.crt'));
    const soon = Date.now() / 1000 + 60;
    utimesSync(join(mounted, 'tls.crt'), soon, soon);
    const { port } = await serverThat('imok');
    expect(await run('alive.sh', port, env)).toMatchObject({ code: 0 });
    expect(readFileSync(join(prepared, 'keystore.pem'), 'utf8')).toBe('OLD\n');
  });
});
