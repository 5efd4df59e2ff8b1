import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inOrder, runBackup } from '../../../lib/zookeeper/tasks/backup';
import { snapshot } from './snapshots';

describe('inOrder', () => {
  it('asks followers before the leader, and nobody who does not serve', () => {
    const states = [
      { host: 'a', state: 'leader' },
      { host: 'b', state: undefined },
      { host: 'c', state: 'follower' },
      { host: 'd', state: 'standalone' },
      { host: 'e', state: 'observer' },
      { host: 'f', state: 'read-only' },
    ];
    expect(inOrder(states)).toEqual(['c', 'e', 'a', 'd']);
  });
});

/** What a member's AdminServer answers. */
interface Admin {
  readonly state?: string;
  readonly error?: string;
  readonly snapshot?: (response: http.ServerResponse) => void;
}

const NAME = /^\d{8}T\d{6}Z-snapshot\.10000000a$/;
const whole = snapshot();

const streamed =
  (bytes: Buffer, headers: http.OutgoingHttpHeaders = {}) =>
  (response: http.ServerResponse) => {
    response.writeHead(200, { last_zxid: '0x10000000a', snapshot_size: whole.length, ...headers });
    response.end(bytes);
  };

describe('runBackup', () => {
  const servers: http.Server[] = [];
  const asked: string[] = [];
  let directory: string;

  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'backup-test-'));
    asked.length = 0;
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    fs.rmSync(directory, { recursive: true, force: true });
    for (const name of ['BACKUP', 'BACKUP_USERNAME', 'BACKUP_PASSWORD']) delete process.env[name];
  });

  /** Members on 127.0.0.1, 127.0.0.2 and so on, with one port. */
  async function members(...admins: (Admin | undefined)[]) {
    let port = 0;
    const hosts = admins.map((_, index) => `127.0.0.${index + 1}`);
    for (const [index, admin] of admins.entries()) {
      if (!admin) continue;
      const server = http.createServer((request, response) => {
        asked.push(`${index + 1} ${request.url} ${request.headers.authorization ?? ''}`.trim());
        if (request.url === '/commands/server_stats') {
          const body = {
            command: 'server_stats',
            error: admin.error ?? null,
            server_stats: { server_state: admin.state },
          };
          response.end(JSON.stringify(body));
        } else if (admin.snapshot) admin.snapshot(response);
      });
      await new Promise<void>((resolve) => server.listen(port, hosts[index], resolve));
      port = (server.address() as AddressInfo).port;
      servers.push(server);
    }
    process.env.BACKUP = JSON.stringify({ hosts, port, directory });
  }

  async function run() {
    const lines: Record<string, unknown>[] = [];
    await runBackup((line) => lines.push(line));
    return lines;
  }

  it('leaves the verified snapshot of a follower, alone, under its time and zxid', async () => {
    fs.writeFileSync(path.join(directory, '20250101T000000Z-snapshot.1'), 'of an earlier run');
    fs.writeFileSync(path.join(directory, 'partial'), 'of an earlier run');
    process.env.BACKUP_USERNAME = 'saver';
    process.env.BACKUP_PASSWORD = 'secret';
    await members({ state: 'leader' }, { state: 'follower', snapshot: streamed(whole) });
    const lines = await run();
    const [name] = fs.readdirSync(directory);
    expect(lines).toEqual([
      { backup: 'verified', member: '127.0.0.2', zxid: '10000000a', bytes: whole.length, name },
    ]);
    expect(fs.readdirSync(directory)).toEqual([expect.stringMatching(NAME)]);
    expect(fs.readFileSync(path.join(directory, name))).toEqual(whole);
    expect(asked.at(-1)).toBe('2 /commands/snapshot?streaming=true digest saver:secret');
  });

  it('goes on to the next member until one gives a whole snapshot', async () => {
    const damaged = Buffer.from(whole);
    damaged[20] ^= 1;
    await members(
      { state: 'leader', snapshot: streamed(whole) },
      undefined,
      { state: 'follower', snapshot: streamed(damaged) },
      { state: 'follower', snapshot: (response) => response.writeHead(429).end('{"error": "too\nsoon"}') },
      // It ends behind the first seal of three.
      { state: 'follower', snapshot: streamed(whole.subarray(0, 621)) },
      {
        state: 'observer',
        snapshot: (response) =>
          response.writeHead(200, { last_zxid: '0x1' }).write('ZKSN') && response.destroy(),
      },
    );
    expect(await run()).toMatchObject([{ backup: 'verified', member: '127.0.0.1' }]);
    expect(fs.readdirSync(directory)).toEqual([expect.stringMatching(NAME)]);
  });

  it('says what was wrong with each', async () => {
    const damaged = Buffer.from(whole);
    damaged[20] ^= 1;
    await members(
      { state: 'leader', snapshot: (response) => response.writeHead(401).end('{\n  "error" : "no"\n}') },
      { state: 'follower', snapshot: streamed(damaged) },
      { state: 'follower', snapshot: streamed(whole.subarray(0, 621)) },
      { state: 'follower', snapshot: (response) => response.end('no zxid') },
    );
    await expect(run()).rejects.toThrow(
      new RegExp(
        [
          '^127.0.0.2: the snapshot is damaged: checksum \\d+, its seal says \\d+',
          `127.0.0.3: the snapshot is cut short: 621 of ${whole.length} bytes`,
          '127.0.0.4: the AdminServer answered 200: no zxid',
          '127.0.0.1: the AdminServer answered 401: \\{ "error" : "no" \\}$',
        ].join('; '),
      ),
    );
    expect(fs.readdirSync(directory).filter((name) => name.includes('snapshot'))).toEqual([]);
  });

  it('fails when nobody serves', async () => {
    await members({ error: 'This ZooKeeper instance is not currently serving requests' }, undefined, {});
    await expect(run()).rejects.toThrow('no member serves: 127.0.0.1, 127.0.0.2, 127.0.0.3');
    expect(asked.filter((line) => line.includes('snapshot'))).toEqual([]);
  });
});
