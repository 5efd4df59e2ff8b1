import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inCluster, Kubernetes, KubernetesError } from '../../../lib/steward/kubernetes/client';
import { FakeApiServer } from './fake-api-server';

const PODS = '/api/v1/namespaces/ns/pods';
const pod = (name: string, change: object = {}) => ({ metadata: { name }, ...change });

let server: FakeApiServer;
let kubernetes: Kubernetes;

beforeEach(async () => {
  server = await FakeApiServer.start();
  kubernetes = new Kubernetes({ server: server.url }, { timeoutMs: 5_000 });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.fail('it succeeded'),
    (error) => error,
  );

describe('requests', () => {
  it('create, get, replace and patch', async () => {
    await kubernetes.create(PODS, pod('a', { data: { x: '1', y: '1' } }));
    const a = await kubernetes.get<{ metadata: object }>(`${PODS}/a`);
    await kubernetes.replace(`${PODS}/a`, { ...a, data: { x: '2', y: '2' } });
    expect(await kubernetes.patch(`${PODS}/a`, { data: { y: null } })).toMatchObject({ data: { x: '2' } });
    expect(server.read(PODS, 'a')).toEqual({
      metadata: { name: 'a', resourceVersion: '1003' },
      data: { x: '2' },
    });
    expect(server.asked[0].headers).toMatchObject({
      'user-agent': 'cdk8s-stateful-steward',
      'content-type': 'application/json',
    });
  });

  it('use one connection', async () => {
    const ports = new Set<number | undefined>();
    server.intercept = (_, answer) => {
      ports.add(answer.socket?.remotePort);
      return false;
    };
    for (let i = 0; i < 5; i++) await kubernetes.get(`${PODS}/a`);
    expect(ports.size).toBe(1);
  });

  it('read the token anew each time', async () => {
    const tokens = ['one\n', 'two\n'];
    const access = { server: server.url, token: () => tokens.shift() ?? '' };
    const rotating = new Kubernetes(access);
    await rotating.get(PODS);
    await rotating.get(PODS);
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
  });

  it('fail when the token cannot be read', async () => {
    const unreadable = () => readFileSync('/nonexistent/token', 'utf8');
    const broken = new Kubernetes({ server: server.url, token: unreadable });
    expect((await failure(broken.get(PODS))).message).toMatch(
      /^GET \/api\S+: ENOENT.*'\/nonexistent\/token'$/,
    );
  });

  it('keep a character whole that comes in pieces', async () => {
    server.put(PODS, pod('a', { data: 'Zoë €𝄞' }));
    server.pieces = 1;
    expect(await kubernetes.get(`${PODS}/a`)).toMatchObject({ data: 'Zoë €𝄞' });
    const created = await kubernetes.create(PODS, pod('b', { data: '€𝄞' }));
    expect(created).toMatchObject({ data: '€𝄞' });
  });

  it('keep the path of the server', async () => {
    await failure(new Kubernetes({ server: `${server.url}/k8s/clusters/c/` }).create(PODS, pod('a')));
    expect(server.asked[0].path).toBe(`/k8s/clusters/c${PODS}`);
  });
});

describe('refusals', () => {
  it('are undefined when there is nothing to get', async () => {
    expect(await kubernetes.get(`${PODS}/a`)).toBeUndefined();
  });

  it('say what the server says', async () => {
    await kubernetes.create(PODS, pod('a'));
    expect(await failure(kubernetes.create(PODS, pod('a')))).toMatchObject({
      message: `POST ${PODS}: pods "a" already exists`,
      status: 409,
      reason: 'AlreadyExists',
    });
    const stale = { metadata: { name: 'a', resourceVersion: '7' } };
    expect(await failure(kubernetes.replace(`${PODS}/a`, stale))).toMatchObject({
      message: expect.stringMatching(/^PUT \S+: .*the object has been modified/),
      reason: 'Conflict',
    });
    expect(await failure(kubernetes.patch(`${PODS}/b`, {}))).toMatchObject({ status: 404 });
  });

  it('tell of a token that is not accepted', async () => {
    server.intercept = (_, answer) => {
      server.refuse(answer, 401, 'Unauthorized', 'Unauthorized');
      return true;
    };
    const error = await failure(kubernetes.get(PODS));
    expect(error).toBeInstanceOf(KubernetesError);
    expect(error).toMatchObject({
      message: `GET ${PODS}: Unauthorized`,
      status: 401,
      reason: 'Unauthorized',
    });
  });

  it('may come from something else', async () => {
    server.intercept = (_, answer) => {
      answer.writeHead(502).end('<h1>Bad Gateway</h1>');
      return true;
    };
    const error = await failure(kubernetes.get(PODS));
    expect(error).toMatchObject({
      message: `GET ${PODS}: HTTP status 502 <h1>Bad Gateway</h1>`,
      status: 502,
    });
    server.intercept = (_, answer) => Boolean(answer.writeHead(200).end('<h1>Welcome</h1>'));
    expect((await failure(kubernetes.get(PODS))).message).toMatch(`GET ${PODS}: Unexpected token`);
  });

  it('tell when there is no server', async () => {
    await server.stop();
    expect((await failure(kubernetes.get(PODS))).message).toMatch(`GET ${PODS}: connect ECONNREFUSED`);
    await server.resume();
  });
});

describe('patience', () => {
  const brief = () => new Kubernetes({ server: server.url }, { timeoutMs: 60 });
  const late = `GET ${PODS}: no answer within 60 ms`;

  it('ends when nothing comes', async () => {
    server.intercept = () => true;
    expect((await failure(brief().get(PODS))).message).toBe(late);
    expect((await failure(brief().stream(PODS, () => {}, new AbortController().signal))).message).toBe(late);
  });

  it.each([200, 500])('ends when an answer %i never ends', async (status) => {
    server.intercept = (_, answer) => {
      answer.writeHead(status);
      const timer = setInterval(() => answer.write('{'), 10);
      answer.on('close', () => clearInterval(timer));
      return true;
    };
    expect((await failure(brief().get(PODS))).message).toBe(late);
  });

  it('ends when an answer is cut short', async () => {
    server.intercept = (_, answer) => {
      answer.writeHead(200).write('{');
      setTimeout(() => answer.socket?.resetAndDestroy(), 10);
      return true;
    };
    await failure(kubernetes.get(PODS));
    expect(server.asked).toHaveLength(1);
  });
});

describe('a kept connection that the server closes when it is used again', () => {
  /** Answers the first request and resets the connection at the second. */
  const resetSecond = () => {
    server.intercept = (_, answer) => {
      if (server.asked.length !== 2) return false;
      answer.socket?.resetAndDestroy();
      return true;
    };
  };

  it('is no trouble for a GET', async () => {
    server.put(PODS, pod('a'));
    resetSecond();
    await kubernetes.get(`${PODS}/a`);
    expect(await kubernetes.get(`${PODS}/a`)).toMatchObject({ metadata: { name: 'a' } });
    expect(server.asked).toHaveLength(3);
  });

  it('is for the caller of a PUT, which may have been done', async () => {
    server.put(PODS, pod('a'));
    resetSecond();
    await kubernetes.get(`${PODS}/a`);
    expect((await failure(kubernetes.replace(`${PODS}/a`, pod('a')))).message).toMatch(
      /ECONNRESET|socket hang up/,
    );
    expect(server.asked).toHaveLength(2);
  });

  it('is repeated once only', async () => {
    await Promise.all([1, 2, 3].map(() => kubernetes.get(PODS)));
    server.intercept = (_, answer) => Boolean(answer.socket?.resetAndDestroy());
    await failure(kubernetes.get(PODS));
    expect(server.asked).toHaveLength(5);
  });
});

describe('a stream', () => {
  const stream = (
    write: (answer: http.ServerResponse) => void,
    onLine: (line: string) => void = () => {},
  ) => {
    server.intercept = (_, answer) => {
      answer.writeHead(200).flushHeaders();
      write(answer);
      return true;
    };
    const cut = new AbortController();
    return { cut, ended: kubernetes.stream(PODS, onLine, cut.signal) };
  };

  it('gives lines however they are cut', async () => {
    const got: string[] = [];
    const bytes = Buffer.from('eins €\nzwei 𝄞\n\ndrei');
    const { ended } = stream(
      async (answer) => {
        for (const byte of bytes) {
          answer.write(Buffer.of(byte));
          await new Promise(setImmediate);
        }
        answer.end();
      },
      (line) => got.push(line),
    );
    await ended;
    expect(got).toEqual(['eins €', 'zwei 𝄞', '']);
  });

  it('takes longer than other answers', async () => {
    kubernetes = new Kubernetes({ server: server.url }, { timeoutMs: 40 });
    const got: string[] = [];
    const write = (answer: http.ServerResponse) => setTimeout(() => answer.end('late\n'), 120);
    await stream(write, (line) => got.push(line)).ended;
    expect(got).toEqual(['late']);
  });

  it('ends with its connection', async () => {
    await stream((answer) => setTimeout(() => answer.socket?.resetAndDestroy(), 10)).ended;
  });

  it('ends when it is told to, without another line', async () => {
    const got: string[] = [];
    const { cut, ended } = stream(
      (answer) => answer.write('one\ntwo\n'),
      (line) => {
        got.push(line);
        cut.abort();
      },
    );
    await ended;
    expect(got).toEqual(['one']);
    await kubernetes.stream(PODS, (line) => got.push(line), cut.signal);
    expect(server.asked).toHaveLength(1);
  });

  it('rejects when its reader fails, and closes the connection', async () => {
    let closed: Promise<unknown> | undefined;
    const { ended } = stream(
      (answer) => {
        closed = new Promise((resolve) => answer.on('close', resolve));
        answer.write('one\n');
      },
      () => {
        throw new Error('no such word');
      },
    );
    expect((await failure(ended)).message).toBe(`GET ${PODS}: no such word`);
    await closed;
  });

  it('rejects when it is refused', async () => {
    server.intercept = (_, answer) => {
      server.refuse(answer, 410, 'Expired', 'too old');
      return true;
    };
    const refused = kubernetes.stream(PODS, () => {}, new AbortController().signal);
    expect(await failure(refused)).toMatchObject({ status: 410, message: `GET ${PODS}: too old` });
  });
});

describe('in a pod', () => {
  it.each([
    ['10.96.0.1', 'https://10.96.0.1:443'],
    ['fd00::1', 'https://[fd00::1]:443'],
  ])('the server is at %s', (host, url) => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', host);
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '443');
    expect(inCluster().server).toBe(url);
  });

  it('only', () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined);
    expect(inCluster).toThrow(
      'this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set',
    );
  });
});

const openssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!openssl)(openssl ? 'TLS' : 'TLS (skipped: openssl is missing)', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kubernetes-tls-'));

  /** Key and certificate of 127.0.0.1, which is its own authority. */
  const keys = (name: string) => {
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = [
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ];
    const args = ['req', ...kind, ...subject, '-keyout', `${name}.key`, '-out', `${name}.crt`];
    execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
    const read = (file: string) => readFileSync(join(directory, `${name}.${file}`));
    return { key: read('key'), cert: read('crt') };
  };

  it('trusts the authority that is given now', async () => {
    const [first, second] = [keys('first'), keys('second')];
    rmSync(directory, { recursive: true });
    const secure = https.createServer(first, (_, answer) => answer.end('{"kind":"PodList"}'));
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    let ca = first.cert;
    const { port } = secure.address() as AddressInfo;
    const client = new Kubernetes({ server: `https://127.0.0.1:${port}`, ca: () => ca });
    expect(await client.get(PODS)).toEqual({ kind: 'PodList' });
    secure.setSecureContext(second);
    secure.closeAllConnections();
    expect((await failure(client.get(PODS))).message).toMatch(/self-signed certificate/);
    ca = second.cert;
    expect(await client.get(PODS)).toEqual({ kind: 'PodList' });
    secure.close();
    secure.closeAllConnections();
  });
});
