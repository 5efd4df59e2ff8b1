import * as fs from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connect } from '../../../lib/kafka/gate/ask';
import type { GateReport } from '../../../lib/kafka/gate/report';
import { runKafkaGate } from '../../../lib/kafka/gate/run';
import type { KafkaGateMember, KafkaGateSettings } from '../../../lib/kafka/gate/settings';
import { type Admin, type ClusterState, KafkaError, type QuorumState } from '../../../lib/kafka/wire/types';
import { freePorts } from '../../support/ports';
import { temporary } from '../../support/temporary';
import { metaProperties, pathsIn, put, settingsOf } from './directories';

const host = (id: number) => `127.0.0.${(id % 100) + 1}`;
const peers = (ids: number[], port: number) => ids.map((id) => ({ id, host: host(id), port }));

let gatePort: number;
let serverPort: number;
let lines: Record<string, unknown>[];
let servers: { close(done: () => void): void }[];
/** What the cluster's servers answer; undefined: nobody does. */
let cluster: ClusterState | undefined;
let quorum: QuorumState | undefined;
let asked: string[];

beforeEach(() => {
  [gatePort, serverPort] = freePorts(2);
  [lines, servers, asked, cluster, quorum] = [[], [], [], undefined, undefined];
});
afterEach(() => Promise.all(servers.map((server) => new Promise<void>((done) => server.close(done)))));

const connect: Connect = ({ brokers, controllers, transport }) => {
  const list = (servers: readonly { host: string }[]) => servers.map((server) => server.host).join();
  asked.push(`brokers ${list(brokers)} controllers ${list(controllers)} ${Object.keys(transport).join()}`);
  const answer = async <T>(value: T | undefined): Promise<T> => {
    if (value) return value;
    throw new KafkaError('NETWORK_EXCEPTION', 'nobody answers');
  };
  return {
    describe: () => answer(cluster),
    describeQuorum: () => answer(quorum),
    close: () => asked.push('closed'),
  } as Partial<Admin> as Admin;
};

function member(
  id: number,
  change: Partial<KafkaGateMember> = {},
  settings: Partial<KafkaGateSettings> = {},
) {
  const root = temporary();
  const paths = pathsIn(root);
  const directories = [path.join(root, 'data', '0', 'kafka')];
  const roles = id >= 3000 ? 'controller' : 'broker';
  const properties = 'node.id={id}\nprocess.roles=own\n';
  const told: KafkaGateMember = { roles, id, directories, properties, keepsData: true, ...change };
  const founders = peers([3000, 3001, 3002], serverPort).map((peer) => ({
    ...peer,
    directoryId: `dir-${peer.id}`,
  }));
  const given = settingsOf({ founders, brokers: peers([0, 1, 2], serverPort), ...settings });
  put(JSON.stringify(given), paths.config, 'gate.json');
  const run = (forMs = 15_000, extra: { host?: string } = {}) =>
    runKafkaGate({
      pollMs: 50,
      lingerMs: 0,
      member: told,
      paths,
      connect,
      log: (line) => lines.push({ ...line }),
      host: extra.host ?? host(id),
      port: gatePort,
      signal: AbortSignal.timeout(forMs),
    });
  const file = (name: string) => path.join(paths.run, name);
  const read = (name: string) =>
    fs.existsSync(file(name)) ? fs.readFileSync(file(name), 'utf8') : undefined;
  return { paths, given, directories, run, read, file };
}

const form = ({ paths }: { paths: { formed: string } }) => put('', paths.formed, 'formed');
const reasons = () => lines.filter(({ gate }) => gate === 'wait').map(({ reason }) => reason);
const topic = (name: string, replicas: number[], isr: number[]) => {
  const partition = { partition: 0, leader: isr[0] ?? -1, replicas, isr, offlineReplicas: [] };
  return { name, internal: false, partitions: [partition] };
};
const clusterOf = (...topics: ClusterState['topics']): ClusterState => ({
  clusterId: settingsOf().clusterId,
  controllerId: 0,
  brokers: [{ id: 2, host: host(2), port: serverPort }],
  topics,
});

function report(id: number): Promise<GateReport> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: host(id), port: gatePort, path: '/', agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve(JSON.parse(text)));
      })
      .on('error', reject);
  });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !what(); await pause(20)) {
    if (Date.now() > deadline) throw new Error(`not within 10 s: ${what}`);
  }
}

describe('a gate', () => {
  it('lets a server with data start, asks nobody, and clears away what an earlier run left', async () => {
    const { run, read, file, directories } = member(0);
    put(metaProperties(0), directories[0], 'meta.properties');
    put('--old\n', file('format'));
    expect(await run()).toEqual({ action: 'start', notes: [] });
    expect(read('server.properties')).toBe('num.io.threads=8\nnode.id=0\nprocess.roles=own\n');
    expect(read('admin.properties')).toBe('security.protocol=PLAINTEXT\n');
    expect(read('format')).toBeUndefined();
    expect(asked).toEqual([]);
    expect(lines).toEqual([{ gate: 'start', node: 0 }]);
  });

  it('lets a new broker format', async () => {
    const { run, read, directories, given } = member(0);
    expect(await run()).toEqual({ action: 'format', as: 'joiner', notes: [] });
    expect(read('format')).toBe(
      `--cluster-id=${given.clusterId}\n--ignore-formatted\n--release-version=4.2-IV1\n--no-initial-controllers\n`,
    );
    expect(fs.readdirSync(directories[0])).toEqual(['gate.json']);
    expect(asked).toEqual([
      `brokers ${host(1)},${host(2)} controllers ${[3000, 3001, 3002].map(host)} timeoutMs`,
      'closed',
    ]);
  });

  it('lets three founders go once they have met', async () => {
    const all = [3000, 3001, 3002].map((id) => member(id));
    expect(await all[0].run(600)).toMatchObject({ action: 'wait' });
    expect(reasons()).toEqual([
      expect.stringMatching(/^the quorum is formed when all founders .* 3001: .*ECONNREFUSED.*; 3002: /),
    ]);
    expect(await Promise.all([all[0].run(600), all[1].run(600)])).toEqual([
      expect.objectContaining({ action: 'wait' }),
      expect.objectContaining({ action: 'wait' }),
    ]);
    // A founder that has gone ahead has a server, which takes connections.
    const running = (id: number) => {
      const server = net.createServer((socket) => socket.destroy());
      servers.push(server);
      return new Promise<void>((done) => server.listen(serverPort, host(id), done));
    };
    const decisions = await Promise.all(
      all.map(async ({ run }, index) => {
        const decision = await run();
        await running(3000 + index);
        return decision;
      }),
    );
    expect(decisions).toEqual(all.map(() => ({ action: 'format', as: 'founder', notes: [] })));
    const [first, ...others] = all.map(({ read }) => read('format'));
    expect(first).toMatch(/\n--initial-controllers=3000@127.0.0.1:\d+:dir-3000,3001@127.0.0.2:/);
    expect(others).toEqual([first, first]);
    expect(all[0].read('server.properties')).toBe('num.io.threads=8\nnode.id=3000\nprocess.roles=own\n');
  });

  it('keeps a founder that lost its disk from founding again', async () => {
    const [first, second] = [member(3000), member(3001)];
    put(metaProperties(3001), second.directories[0], 'meta.properties');
    const server = net.createServer((socket) => socket.destroy());
    servers.push(server);
    await new Promise<void>((done) => server.listen(serverPort, host(3001), done));
    expect(await first.run(10)).toMatchObject({ action: 'wait' });
    expect(reasons()).toEqual([expect.stringMatching(/^controller 3001 has started or holds data, so /)]);
    const replica = (id: number) => ({
      id,
      directoryId: `dir-${id}`,
      logEndOffset: 1,
      lastFetchTimestamp: -1,
      lastCaughtUpTimestamp: -1,
    });
    const voters = [3000, 3001, 3002].map(replica);
    quorum = { leaderId: -1, leaderEpoch: 1, highWatermark: -1, voters, observers: [] };
    expect(await first.run(10)).toMatchObject({ action: 'wait' });
    quorum = { ...quorum, leaderId: 3001 };
    expect(await first.run()).toEqual({ action: 'format', as: 'joiner', notes: [] });
    expect(first.read('format')).toMatch(/\n--no-initial-controllers\n$/);
  });

  it('does not form anything with gates that were told other founders, or are of another cluster', async () => {
    const first = member(3000);
    const other = member(3001, {}, { founders: first.given.founders.slice(0, 2) });
    const stranger = member(3002, {}, { clusterId: 'other' });
    // The others answer until the first one is done.
    await Promise.all([first.run(900), other.run(1_800), stranger.run(1_800)]);
    const said = lines.filter(({ node }) => node === 3000).map(({ reason }) => reason);
    expect(said.at(-1)).toBe(
      'the quorum is formed when all founders state that their disks are empty. 3001: it was told other founders (3000, 3001); 3002: it belongs to cluster other',
    );
    expect(fs.existsSync(path.join(first.directories[0], 'gate.json'))).toBe(false);
  });

  it('notes no empty disks once the cluster is formed', async () => {
    const all = [3000, 3001, 3002].map((id) => member(id));
    all.forEach(form);
    // They do not see the third one, and join.
    const [first, second] = all.slice(0, 2).map(({ run }) => run(1_000));
    expect(await Promise.all([first, second])).toEqual([
      { action: 'format', as: 'joiner', notes: [] },
      { action: 'format', as: 'joiner', notes: [] },
    ]);
    expect(JSON.parse(fs.readFileSync(path.join(all[0].directories[0], 'gate.json'), 'utf8'))).toMatchObject({
      seenEmpty: [],
    });
  });

  it('holds a broker back that others would follow into nothing, and tells everybody why', async () => {
    const { run, read, directories, given } = member(1);
    cluster = clusterOf(topic('orders', [1, 2], [1]), topic('other', [0, 2], [0]));
    const running = run();
    await until(() => reasons().length > 0);
    const says =
      'partition orders-0 has only broker 1 in sync; starting it with an empty disk would make the others throw their copies away. ' +
      'Bring its volume back, or give up what only broker 1 had: run, in the pod of another broker, ' +
      `/opt/kafka/bin/kafka-leader-election.sh --bootstrap-server ${host(2)}:${serverPort} --admin.config /run/kafka/admin.properties --election-type unclean --topic orders --partition 0`;
    expect(await report(1)).toEqual({
      id: 1,
      clusterId: given.clusterId,
      disk: 'empty',
      says,
      founders: [3000, 3001, 3002],
      seenEmpty: [],
    });
    const other = await fetch(`http://${host(1)}:${gatePort}/other`);
    expect([other.status, await other.text()]).toEqual([404, '{}\n']);
    expect((await fetch(`http://${host(1)}:${gatePort}/`, { method: 'POST' })).status).toBe(404);
    expect(read('server.properties')).toBeUndefined();
    await pause(700);
    expect(reasons()).toEqual([says]);
    cluster = clusterOf(topic('orders', [1, 2], [2]), topic('logs', [1], [1]));
    expect(await running).toMatchObject({ action: 'format', as: 'joiner' });
    expect(lines.slice(-2)).toEqual([
      {
        gate: 'note',
        node: 1,
        note: 'partition logs-0 has its only replica on broker 1, and is empty now: its disk is gone',
      },
      { gate: 'format', node: 1, as: 'joiner' },
    ]);
    await expect(report(1)).rejects.toThrow('ECONNREFUSED');
    expect(directories).toHaveLength(1);
  });

  it('asks for those partitions only that are on no disk', async () => {
    const root = temporary();
    const directories = ['0', '1'].map((name) => path.join(root, name, 'kafka'));
    const { run } = member(1, { directories });
    for (const directory of directories) put(metaProperties(1), directory, 'meta.properties');
    put('x', directories[0], 'orders-0', 'log');
    expect(await run()).toMatchObject({ action: 'start' });
    fs.rmSync(directories[1], { recursive: true });
    cluster = clusterOf(topic('orders', [1, 2], [1]), topic('lost', [1, 2], [1]));
    expect(await run(10)).toMatchObject({
      action: 'wait',
      reason: expect.stringMatching(/^partition lost-0 /),
    });
    cluster = clusterOf(topic('orders', [1, 2], [1]), topic('lost', [1, 2], [2]));
    expect(await run()).toMatchObject({ action: 'format', as: 'joiner' });
  });

  it('does not believe a broker of another cluster', async () => {
    const given = member(1);
    form(given);
    cluster = { ...clusterOf(), clusterId: 'other' };
    expect(await given.run(10)).toMatchObject({ action: 'wait' });
    expect(reasons()[0]).toMatch(/and no other broker answers that could tell/);
  });

  it('formats nothing where metadata is in ZooKeeper', async () => {
    const { run, read } = member(1, {}, { zookeeper: true, founders: [] });
    cluster = { ...clusterOf(), clusterId: 'given by ZooKeeper' };
    expect(await run()).toEqual({ action: 'start', notes: [] });
    expect(read('format')).toBeUndefined();
    expect(read('server.properties')).toContain('node.id=1\n');
  });

  it('takes the file of both roles, and no argument for a metadata.version that was not given', async () => {
    const lone = {
      founders: [{ id: 0, host: host(0), port: 1, directoryId: 'dir-0' }],
      brokers: peers([0], 1),
      metadataVersion: '',
    };
    const { run, read, paths } = member(0, { roles: 'broker,controller', properties: '' }, lone);
    expect(await run()).toEqual({ action: 'format', as: 'founder', notes: [] });
    expect(read('server.properties')).toBe('process.roles=combined\nnum.io.threads=8\n');
    expect(read('format')).not.toContain('release-version');
    form({ paths });
    expect(await run(10)).toMatchObject({ action: 'wait' });
  });

  it('notices that the cluster was formed, and that its settings have changed', async () => {
    const late = member(3003);
    const running = late.run();
    await until(() => reasons().length > 0);
    put(JSON.stringify({ ...late.given, cluster: 'renamed' }), late.paths.config, 'gate.json');
    await until(() => lines.some(({ gate }) => gate === 'again'));
    form(late);
    expect(await running).toEqual({ action: 'format', as: 'joiner', notes: [] });
    expect(lines).toContainEqual({ gate: 'again', node: 3003, reason: 'the settings have changed' });
  });

  it('asks with the keys that are mounted, and says when they are not', async () => {
    const secure = member(1, {}, { transport: 'tls' });
    await expect(secure.run()).rejects.toThrow(
      `servers talk to one another by TLS, and there is no ${path.join(secure.paths.secrets, 'tls', 'tls.key')}`,
    );
    for (const name of ['tls.key', 'tls.crt', 'ca.crt']) put('x', secure.paths.secrets, 'tls', name);
    expect(await secure.run()).toMatchObject({ action: 'format' });
    expect(asked[0]).toMatch(/ timeoutMs,tls$/);
    expect(secure.read('admin.properties')).toContain('security.protocol=SSL\n');
    const login = member(1, {}, { transport: 'sasl' });
    for (const name of ['username', 'password']) put('x', login.paths.secrets, 'internal', name);
    await login.run();
    expect(asked.at(-2)).toMatch(/ timeoutMs,login$/);
    expect(login.read('admin.properties')).toContain('{dir:/secrets/internal:password}";\n');
  });

  it('refuses the volume of another server', async () => {
    const { run, directories, read } = member(1);
    put(metaProperties(2), directories[0], 'meta.properties');
    await expect(run()).rejects.toThrow(
      /meta\.properties belongs to node 2 of cluster .*; mount the right volume$/,
    );
    expect(read('server.properties')).toBeUndefined();
  });
});
