import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EtcdClient } from '../../../lib/etcd/api/etcd-client';
import { linesOf } from '../../../lib/etcd/api/lines';
import { peerMembership } from '../../../lib/etcd/api/peer';
import type { Login } from '../../../lib/etcd/api/types';

type Answer = (path: string, body: Record<string, unknown>, token?: string) => string | Promise<string>;

let server: http.Server;
let answer: Answer;
let asked: string[];
let status: number;
let client: EtcdClient;
let logins: Login[];

// What a gateway says; that of real members is in etcd-client.slow.test.ts.
beforeEach(async () => {
  asked = [];
  logins = [];
  status = 200;
  server = http.createServer(async (request, response) => {
    const { url = '', headers } = request;
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push(url);
    try {
      const text = await answer(url, JSON.parse(body || '{}'), headers.authorization);
      response.writeHead(status).end(text);
    } catch (refused) {
      response.writeHead(400).end(JSON.stringify(refused));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new EtcdClient({ host: '127.0.0.1', port }, { timeoutMs: 500 }, () => {
    logins.push({ username: 'root', password: 'secret' });
    return logins.at(-1);
  });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const refuse = (message: string, code = 3) => Promise.reject({ error: message, message, code });
const pieces = async () => {
  const read: Buffer[] = [];
  for await (const piece of client.snapshot()) read.push(piece);
  return read;
};
const result = (blob: Buffer, remaining?: number) => {
  const rest = remaining ? { remaining_bytes: String(remaining) } : {};
  return `${JSON.stringify({ result: { ...rest, blob: blob.toString('base64') } })}\n`;
};

describe('the client', () => {
  it('logs in when it has to, and keeps its token', async () => {
    answer = (path, _, token) => {
      if (path.endsWith('authenticate')) return '{"token":"one"}';
      return token === 'one' ? '{"users":["ann"]}' : refuse('etcdserver: user name is empty');
    };
    expect(await client.users()).toEqual(['ann']);
    expect(await client.users()).toEqual(['ann']);
    expect(asked.map((path) => path.split('/').at(-1))).toEqual(['list', 'authenticate', 'list', 'list']);
  });

  it('logs in once for calls that are refused together, and again for a token that is refused', async () => {
    let valid = 0;
    answer = (path, _, token) => {
      if (path.endsWith('authenticate')) return JSON.stringify({ token: `token-${++valid}` });
      return token === `token-${valid}` && valid > 0 ? '{}' : refuse('etcdserver: invalid auth token', 16);
    };
    await Promise.all([client.users(), client.users(), client.users()]);
    expect(logins).toHaveLength(1);
    valid++;
    await client.users();
    expect(logins).toHaveLength(2);
  });

  it('logs in no more than once for a call', async () => {
    answer = (path) =>
      path.endsWith('authenticate') ? '{"token":"old"}' : refuse('etcdserver: revision of auth store is old');
    await expect(client.users()).rejects.toThrow('revision of auth store is old');
    expect(asked).toHaveLength(3);
  });

  it('does not repeat what was refused for another reason', async () => {
    answer = () => refuse('etcdserver: permission denied', 7);
    await expect(client.users()).rejects.toMatchObject({ name: 'EtcdError', code: 7 });
    expect(asked).toHaveLength(1);
  });

  it('keeps numbers of 64 bits', async () => {
    let body: unknown;
    answer = (_, request) => {
      body = request;
      return '{"member":{"ID":"18446744073709551615","peerURLs":["http://x"],"isLearner":true}}';
    };
    const entry = { id: 18446744073709551615n, name: '', peerUrls: ['http://x'], learner: true };
    expect(await client.memberAdd('http://x', true)).toEqual(entry);
    await client.memberRemove(18446744073709551615n);
    expect(body).toEqual({ ID: '18446744073709551615' });
  });

  it('says so when somebody else answers', async () => {
    answer = () => '<html>Welcome</html>';
    await expect(client.users()).rejects.toThrow(
      /^127\.0\.0\.1:\d+ answered 200 "<html>Welcome<\/html>", which is not what etcd's gRPC gateway says/,
    );
    status = 502;
    await expect(client.users()).rejects.toThrow('answered 502');
    answer = () => '"text"';
    await expect(client.users()).rejects.toThrow('which is not what etcd');
    await expect(pieces()).rejects.toThrow('which is not what etcd');
  });

  it('gives up where an answer takes too long, or begins and does not end', async () => {
    answer = () => new Promise(() => undefined);
    await expect(client.users()).rejects.toThrow(/^127\.0\.0\.1:\d+ did not answer within 500 ms$/);
    server.removeAllListeners('request');
    server.on('request', (_, response) => response.writeHead(200).write('{'));
    await expect(client.users()).rejects.toThrow(/^127\.0\.0\.1:\d+ did not answer within 500 ms$/);
  });

  it('waits as long as it takes to compact', async () => {
    answer = () => new Promise((resolve) => setTimeout(resolve, 900, '{}'));
    await client.compact(5n);
    await client.defragment();
    await expect(client.compact(5n, AbortSignal.timeout(100))).rejects.toThrow('timeout');
  });
});

describe('a snapshot', () => {
  const sha256 = Buffer.alloc(32, 1);

  it('is what comes piece by piece', async () => {
    const [one, two] = [Buffer.alloc(5_000, 1), Buffer.alloc(70_000, 2)];
    answer = () => result(one, 70_000) + result(two) + result(sha256);
    expect(await pieces()).toEqual([one, two, sha256]);
  });

  it('is refused where it ends too soon', async () => {
    for (const told of [
      '',
      result(Buffer.alloc(100)),
      result(sha256, 5),
      result(sha256) + result(Buffer.alloc(4)),
    ]) {
      answer = () => told;
      await expect(pieces()).rejects.toThrow('the snapshot ended before its SHA-256');
    }
  });

  it('ends with what etcd says went wrong, in both of its ways', async () => {
    answer = () => `${result(Buffer.alloc(10), 90)}{"error":{"grpc_code":14,"message":"stopped"}}\n`;
    await expect(pieces()).rejects.toMatchObject({ name: 'EtcdError', message: 'stopped', code: 14 });
    answer = () => `${result(Buffer.alloc(10), 90)}{"error":{"code":14,"message":"stopped"}}\n`;
    await expect(pieces()).rejects.toMatchObject({ name: 'EtcdError', message: 'stopped', code: 14 });
  });

  it('ends where the connection does', async () => {
    server.removeAllListeners('request');
    server.on('request', (_, response) => {
      response.writeHead(200).write(result(Buffer.alloc(10), 90), () => response.destroy());
    });
    await expect(pieces()).rejects.toThrow(/^127\.0\.0\.1:\d+: aborted$/);
  });
});

describe('lines', () => {
  const cut = async (...chunks: string[]) => {
    const lines: string[] = [];
    const coming = (async function* () {
      for (const chunk of chunks) yield Buffer.from(chunk);
    })();
    for await (const line of linesOf(coming)) lines.push(line);
    return lines;
  };

  it('are found wherever what comes in is cut', async () => {
    const text = 'one\ntwo\n\nthree';
    for (let at = 0; at <= text.length; at++)
      for (let to = at; to <= text.length; to++)
        expect(await cut(text.slice(0, at), text.slice(at, to), text.slice(to))).toEqual([
          'one',
          'two',
          'three',
        ]);
    expect(await cut()).toEqual([]);
  });
});

describe('the peer port', () => {
  const ask = (headers: http.OutgoingHttpHeaders, body: string, code = 200) => {
    server.removeAllListeners('request');
    server.on('request', (_, response) => response.writeHead(code, headers).end(body));
    const { port } = server.address() as AddressInfo;
    return peerMembership({ host: '127.0.0.1', port }, { timeoutMs: 500 });
  };

  it('tells ids that are larger than numbers are', async () => {
    const members = [
      { id: 0, name: 'etcd-0 "id":12345678901234567890,', peerURLs: ['http://a', 'http://b'] },
      { id: 1, isLearner: true, peerURLs: [] },
    ];
    const text = JSON.stringify(members).replace('"id":0', '"id": 18364758544493064720');
    expect(await ask({ 'X-Etcd-Cluster-ID': 'fedcba9876543210' }, text)).toEqual({
      clusterId: 0xfedcba9876543210n,
      members: [
        {
          id: 18364758544493064720n,
          name: members[0].name,
          peerUrls: ['http://a', 'http://b'],
          learner: false,
        },
        { id: 1n, name: '', peerUrls: [], learner: true },
      ],
    });
  });

  it('is told from others', async () => {
    await expect(ask({}, '[]')).rejects.toThrow('which is no list of members; it should be the peer port');
    const etcd = { 'X-Etcd-Cluster-ID': '1' };
    await expect(ask(etcd, '{}')).rejects.toThrow('which is no list of members');
    await expect(ask(etcd, '[')).rejects.toThrow('which is no list of members');
    await expect(ask(etcd, '[{"id":"x"}]')).rejects.toThrow('which is no list of members');
    await expect(ask(etcd, '404 page not found', 404)).rejects.toThrow('answered 404 "404 page not found"');
  });
});
