import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runGate } from '../../../lib/zookeeper/gate/run';
import type { GatePaths, GateSettings } from '../../../lib/zookeeper/gate/settings';
import { ask } from '../../../lib/zookeeper/gate/talk';
import { freePort } from '../../support/ports';
import { temporary } from '../../support/temporary';
import { filesIn, pathsIn, put, settingsOf } from './volumes';

const host = (id: number) => `127.0.0.${id}`;
const members = (...ids: number[]) => ids.map((id) => ({ id, host: host(id), role: 'participant' as const }));
const servers: net.Server[] = [];
const lines: Record<string, unknown>[] = [];

afterEach(async () => {
  lines.length = 0;
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

function settings(ids: number[], change: Partial<GateSettings> = {}): GateSettings {
  const port = freePort();
  return settingsOf({ members: members(...ids), founders: ids, port, ...change });
}

function volumes(given: GateSettings): GatePaths {
  const paths = pathsIn(temporary());
  put(JSON.stringify(given), paths.config, 'gate.json');
  return paths;
}

const run = (id: number, paths: GatePaths, forMs = 20_000) =>
  runGate({ id, paths, host: host(id), log: (line) => lines.push(line), signal: AbortSignal.timeout(forMs) });

/** A server of ZooKeeper, as far as a gate asks it: what it is, and its configuration. */
async function answering(id: number, port: number, text: string, mode = 'follower'): Promise<void> {
  const srvr = `Zxid: 0x100000001\nMode: ${mode}\n`;
  const server = net.createServer((socket) =>
    socket.once('data', (word) => socket.end(String(word) === 'srvr' ? srvr : text)),
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, host(id), resolve));
}

const conf = (...lines: string[]) => `a=b\nmembership: \n${lines.join('\n')}\nversion=100000001`;
const line = (id: number, at = host(id)) => `server.${id}=${at}:2888:3888:participant`;

describe('a gate', () => {
  it('lets three founders go once they have met', async () => {
    const given = settings([1, 2, 3]);
    const all = [1, 2, 3].map(() => volumes(given));
    const decisions = await Promise.all(all.map((paths, index) => run(index + 1, paths)));
    expect(decisions).toEqual([{ action: 'found' }, { action: 'found' }, { action: 'found' }]);
    for (const [index, { data }] of all.entries()) {
      const record = JSON.parse(fs.readFileSync(path.join(data, 'member.json'), 'utf8'));
      const others = [1, 2, 3].filter((id) => id !== index + 1);
      expect(record).toEqual({ cluster: 'zk', id: index + 1, seenEmpty: others, founding: true });
    }
  });

  it('waits when the cluster is marked as formed, and says why once', async () => {
    const given = settings([1]);
    const paths = volumes(given);
    put('', paths.formed, 'formed');
    expect(await run(1, paths, 1_500)).toMatchObject({ action: 'wait' });
    expect(lines).toEqual([
      {
        gate: 'wait',
        member: 1,
        reason:
          'the cluster exists (it is marked as formed) and this disk is empty: it may join a serving member and never found.',
      },
    ]);
    expect(filesIn(paths.data)).toEqual({});
  });

  it('joins the ensemble that its peers serve, and not one of others', async () => {
    const given = settings([1, 2]);
    await answering(1, given.port, conf(line(1, 'other-1'), line(2, 'other-2')));
    const paths = volumes(given);
    expect(await run(2, paths, 10)).toMatchObject({ action: 'wait' });
    expect(lines.at(-1)?.reason).toBe(
      'a cluster is founded only when all members state that their disks are empty. 1: it serves an ensemble of others (other-1, other-2)',
    );
    const server = servers.pop();
    await new Promise((resolve) => server?.close(resolve));
    await answering(1, given.port, conf(line(1), line(2)), 'leader');
    expect(await run(2, paths)).toEqual({ action: 'join', peer: 1, listed: true, disk: 'empty' });
  });

  it('joins with nothing only under another leader, even one that should exist no more', async () => {
    const given = settings([1, 2]);
    const paths = volumes(given);
    await answering(1, given.port, conf(line(1), line(2), line(3)));
    expect(await run(2, paths, 10)).toMatchObject({ action: 'wait' });
    expect(lines.at(-1)?.reason).toMatch(/^member 1 serves, and no other member says that it leads: /);
    await answering(3, given.port, conf(line(1), line(2), line(3)), 'leader');
    expect(await run(2, paths)).toMatchObject({ action: 'join', disk: 'empty' });
  });

  it('notices that its settings have changed', async () => {
    const given = settings([1, 2]);
    const paths = volumes(given);
    const running = run(1, paths);
    await new Promise((resolve) => setTimeout(resolve, 300));
    put(JSON.stringify({ ...given, members: members(1), founders: [1] }), paths.config, 'gate.json');
    expect(await running).toEqual({ action: 'found' });
    expect(lines).toContainEqual({ gate: 'again', member: 1, reason: 'the settings have changed' });
  });

  it('does not note what strangers state', async () => {
    const given = settings([1, 2]);
    const paths = volumes(given);
    const running = run(1, paths, 1_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const address = { id: 1, host: host(1), port: given.port };
    const greeting = { cluster: 'zk', id: 2, founders: [1, 2], disk: 'empty' } as const;
    expect(await ask(address, { ...greeting, id: 9 }, 500)).toEqual({
      peer: { state: 'silent', reason: 'its gate says: member 9 is not one of its peers' },
    });
    expect(await ask(address, { ...greeting, id: 1 }, 500)).toMatchObject({ peer: { state: 'silent' } });
    expect(fs.existsSync(path.join(paths.data, 'member.json'))).toBe(false);
    expect(await ask(address, greeting, 500)).toEqual({ peer: { state: 'gate', disk: 'empty' } });
    expect(await running).toMatchObject({
      action: 'wait',
      reason: expect.stringMatching(
        /^all disks were stated to be empty, .* once all founders answer\. 2: .*ECONNREFUSED/,
      ),
    });
  });

  it('refuses the volume of another member', async () => {
    const paths = volumes(settings([1]));
    put('7\n', paths.data, 'myid');
    await expect(run(1, paths)).rejects.toThrow(
      'this volume belongs to member 7 of zk, and this is member 1 of zk; mount the right volume',
    );
  });

  it('does not found on a backup that is damaged', async () => {
    const restore = '20260101T000000Z-snapshot.5';
    const paths = volumes(settings([1], { restore }));
    put('ZKSN and then nothing that makes sense', paths.data, 'restore', restore);
    await expect(run(1, paths)).rejects.toThrow('the snapshot is cut short: it does not end with a seal');
    expect(Object.keys(filesIn(paths.data))).toEqual([path.join('restore', restore)]);
  });

  it('knows its id by the name of its pod', async () => {
    await expect(run(Number.NaN, volumes(settings([1])))).rejects.toThrow(
      'the name of the pod does not end with -<number>',
    );
  });
});
