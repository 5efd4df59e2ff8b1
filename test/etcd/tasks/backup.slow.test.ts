import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ETCD_VERSIONS,
  type EtcdCluster,
  type EtcdOptions,
  type EtcdProcess,
  etcdMissing,
  opensslMissing,
  runEtcdTool,
  startEtcd,
} from '../../support/etcd-cluster';
import { backUp, checkRestore, mountSecrets, rehearse } from './run-tasks';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of started.splice(0).reverse()) await each.stop();
});

async function start(options: EtcdOptions): Promise<EtcdCluster> {
  const cluster = await startEtcd(options);
  started.push(cluster);
  return cluster;
}

async function restored(directory: string, version?: string): Promise<EtcdProcess> {
  const server = await rehearse(directory, version);
  started.push(server);
  return server;
}

const addresses = (cluster: EtcdCluster) => cluster.servers.map(({ client }) => client);
const nameOf = ({ host, port }: { host: string; port: number }) => `${host}:${port}`;
const sha256 = (file: string) => createHash('sha256').update(fs.readFileSync(file)).digest('hex');

/** Index of the server that leads, and of the others. */
async function roles(cluster: EtcdCluster): Promise<{ leader: number; followers: number[] }> {
  const statuses = await Promise.all(cluster.servers.map((_, id) => cluster.client(id).status()));
  const leader = statuses.findIndex(({ leader, memberId }) => leader === memberId);
  return { leader, followers: [...cluster.servers.keys()].filter((id) => id !== leader) };
}

/** Writes and compacts until it is stopped; gives how many writes there were. */
function load(cluster: EtcdCluster): { stop(): Promise<number> } {
  const stop = new AbortController();
  let writes = 0;
  const write = async (worker: number) => {
    const client = cluster.client(worker % cluster.servers.length);
    while (!stop.signal.aborted) {
      await client.put(`load/${worker}/${writes % 97}`, `value ${writes}`);
      writes++;
    }
  };
  const compact = async () => {
    const client = cluster.client();
    while (!stop.signal.aborted) {
      const { revision } = await client.status();
      // Time and again it is refused: the revision was compacted already.
      if (revision > 150n) await client.compact(revision - 150n).catch(() => {});
      await delay(20);
    }
  };
  const running = Promise.all([write(0), write(1), write(2), compact()]);
  return {
    stop: async () => {
      stop.abort();
      await running;
      return writes;
    },
  };
}

/** Stands before a member, and breaks off every snapshot in its middle. */
async function startBroken(member: { host: string; port: number }) {
  const server = http.createServer((request, response) => {
    const { method, url: path, headers } = request;
    const passed = http.request({ ...member, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (!path?.endsWith('/snapshot')) return void answer.pipe(response);
      answer.once('data', (chunk: Buffer) => {
        response.write(chunk.subarray(0, chunk.length / 2), () => response.destroy());
        answer.destroy();
      });
    });
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { host: '127.0.0.1', port, stop: async () => void server.close() };
}

describe.skipIf(etcdMissing).each(ETCD_VERSIONS)('a backup of etcd %s', (version) => {
  it('under writes, deletes and compactions is verified, and has the keys that a restored member has', async () => {
    const cluster = await start({ members: 3, version });
    const { leader } = await roles(cluster);
    const remove = (key: string) =>
      runEtcdTool(
        'etcdctl',
        [`--endpoints=${nameOf(cluster.servers[0].client)}`, 'del', '--prefix', key],
        version,
      );
    const running = load(cluster);
    started.push({ stop: async () => void (await running.stop()) });
    const compared: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      await delay(300);
      await remove(`load/${round}/1`);
      const directory = path.join(cluster.dir, `backup-${round}`);
      const { facts, name, lines } = await backUp(directory, addresses(cluster));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatchObject({ backup: 'verified', ...facts });
      expect(lines[0].member).not.toBe(nameOf(cluster.servers[leader].client));
      compared.push(lines[0].with ?? lines[0].unknown);
      expect(name).toBe(facts.name);
      expect(name).toMatch(new RegExp(`^\\d{8}T\\d{6}Z-${facts.revision}\\.db$`));
      const file = path.join(directory, 'snapshot.db');
      expect(facts).toMatchObject({ version, bytes: fs.statSync(file).size, sha256: sha256(file) });
      expect(facts.keys).toBeGreaterThan(10);
      await runEtcdTool('etcdutl', ['snapshot', 'status', file, '--write-out=table'], version);
      expect(fs.readdirSync(directory).sort()).toEqual(['name', 'snapshot.db', 'snapshot.json']);
    }
    expect(await running.stop()).toBeGreaterThan(100);
    const names = addresses(cluster).map(nameOf);
    expect(compared.filter((each) => names.includes(each as string)).length).toBeGreaterThan(0);
    const directory = path.join(cluster.dir, 'backup-2');
    const server = await restored(directory, version);
    const [line] = await checkRestore(directory, server.client, { pauseMs: 100 });
    const facts = JSON.parse(fs.readFileSync(path.join(directory, 'snapshot.json'), 'utf8'));
    expect(line).toEqual({
      rehearsal: 'passed',
      name: facts.name,
      keys: facts.keys,
      revision: expect.any(Number),
    });
    expect(line.revision).toBeGreaterThanOrEqual(facts.revision + 1_000_000_000);
  });
});

describe.skipIf(etcdMissing)('a backup', () => {
  it('is compared with another member while nothing changes', async () => {
    const cluster = await start({ members: 3 });
    for (let key = 0; key < 20; key++) await cluster.client().put(`key-${key}`, 'value');
    const { lines, facts } = await backUp(path.join(cluster.dir, 'backup'), addresses(cluster));
    const names = addresses(cluster).map(nameOf);
    expect(names).toContain(lines[0].with);
    expect(lines[0].with).not.toBe(lines[0].member);
    expect(facts).toMatchObject({ keys: 20, revision: 21 });
    expect(facts.hashKv).toBe((await cluster.client().hashKv(21n)).hash);
    expect(facts.clusterId).toBe((await cluster.client().status()).clusterId.toString(16));
  });

  it('of a single member is compared with itself', async () => {
    const cluster = await start({});
    const { lines } = await backUp(path.join(cluster.dir, 'backup'), addresses(cluster));
    expect(lines).toMatchObject([{ backup: 'verified', keys: 0, with: nameOf(cluster.servers[0].client) }]);
  });

  it('fails where two members do not have the same data, and leaves nothing', async () => {
    const [one, other] = [await start({}), await start({})];
    await one.client().put('key', 'value');
    await other.client().put('key', 'another value');
    const directory = path.join(one.dir, 'backup');
    await expect(backUp(directory, [...addresses(one), ...addresses(other)])).rejects.toThrow(
      /do not have the same data up to revision 2 \(HashKV \d+ and \d+\)/,
    );
    expect(fs.existsSync(path.join(directory, 'name'))).toBe(false);
    expect(fs.existsSync(path.join(directory, 'snapshot.db'))).toBe(false);
  });

  it('is taken of the next member where one breaks off', async () => {
    const cluster = await start({});
    for (let key = 0; key < 50; key++) await cluster.client().put(`key-${key}`, 'value'.repeat(500));
    const broken = await startBroken(cluster.servers[0].client);
    started.push(broken);
    const { lines, facts } = await backUp(path.join(cluster.dir, 'backup'), [broken, ...addresses(cluster)]);
    expect(lines).toMatchObject([
      { backup: 'failed', reason: expect.stringMatching(new RegExp(`^${nameOf(broken)}: `)) },
      { backup: 'verified', member: nameOf(cluster.servers[0].client), keys: 50 },
    ]);
    expect(facts.keys).toBe(50);
    await expect(backUp(path.join(cluster.dir, 'other'), [broken])).rejects.toThrow(
      new RegExp(`^${nameOf(broken)}: `),
    );
    expect(fs.existsSync(path.join(cluster.dir, 'other/name'))).toBe(false);
  });

  it('is taken of the leader where no follower can be asked, and tells why', async () => {
    const cluster = await start({ members: 3 });
    await cluster.client().put('key', 'value');
    const { leader, followers } = await roles(cluster);
    await cluster.servers[followers[0]].stop();
    const [stopped, hangs] = followers.map((id) => nameOf(cluster.servers[id].client));
    const directory = path.join(cluster.dir, 'backup');
    const whole = await backUp(directory, addresses(cluster), { statusMs: 2_000 });
    expect(whole.lines).toMatchObject([{ member: hangs, with: nameOf(cluster.servers[leader].client) }]);
    await cluster.servers[followers[1]].stop();
    // Without a quorum nobody knows a leader, sooner or later; what it had would be backed up until then.
    await delay(3_000);
    await expect(backUp(directory, addresses(cluster), { statusMs: 2_000 })).rejects.toThrow(
      new RegExp(`^no member can be backed up: .*(?=.*${stopped})(?=.*${hangs})(?=.*it knows no leader)`),
    );
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it.skipIf(opensslMissing)('is taken by TLS, as root', async () => {
    const cluster = await start({ members: 3, tls: true, authentication: true });
    for (let key = 0; key < 5; key++) await cluster.client().put(`key-${key}`, 'value');
    const secrets = mountSecrets(cluster);
    const directory = path.join(cluster.dir, 'backup');
    const options = { tls: true, authentication: true, secrets };
    const { facts } = await backUp(directory, addresses(cluster), options);
    expect(facts).toMatchObject({ keys: 5 });

    mountSecrets(cluster, { username: 'root', password: 'another' });
    await expect(backUp(path.join(cluster.dir, 'other'), addresses(cluster), options)).rejects.toThrow(
      /no member can be backed up: .*authentication failed/,
    );
  });
});

describe.skipIf(etcdMissing)('the check of what was restored', () => {
  async function backedUp(options: EtcdOptions = {}) {
    const cluster = await start(options);
    for (let key = 0; key < 7; key++) await cluster.client().put(`key-${key}`, 'value');
    const secrets = mountSecrets(cluster);
    const directory = path.join(cluster.dir, 'backup');
    await backUp(directory, addresses(cluster), { secrets, authentication: options.authentication });
    return { cluster, secrets, directory, server: await restored(directory) };
  }

  it('logs in as root where users were restored, and counts in the file where root is another by now', async () => {
    const { cluster, secrets, directory, server } = await backedUp({ authentication: true });
    const check = (authentication: boolean) =>
      checkRestore(directory, server.client, { secrets, authentication, pauseMs: 100 });
    expect(await check(true)).toMatchObject([{ rehearsal: 'passed', keys: 7 }]);
    expect((await check(true))[0]).not.toHaveProperty('note');
    mountSecrets(cluster, { username: 'root', password: 'another' });
    const [changed] = await check(true);
    expect(changed).toEqual({
      rehearsal: 'passed',
      name: expect.any(String),
      keys: 7,
      note: expect.stringMatching(
        /^the restored member serves, but not the user "root" of today \(.*authentication failed.*\): keys were counted in the file$/,
      ),
    });
    expect((await check(false))[0].note).toMatch(/user name is empty|invalid auth token/);
  });

  it('fails where keys are missing, and where no member serves', async () => {
    const { directory, server } = await backedUp();
    const file = path.join(directory, 'snapshot.json');
    const facts = JSON.parse(fs.readFileSync(file, 'utf8'));
    const told = (change: object) => fs.writeFileSync(file, JSON.stringify({ ...facts, ...change }));
    told({ keys: 8 });
    await expect(checkRestore(directory, server.client, { pauseMs: 100 })).rejects.toThrow(
      `${facts.name} has 7 keys once it is restored, and had 8 when it was made; do not rely on it`,
    );
    told({ revision: 2_000_000_000 });
    await expect(checkRestore(directory, server.client, { pauseMs: 100 })).rejects.toThrow(
      /ends at revision 10000000\d\d once it is restored, and had 2000000000 when it was made/,
    );
    await server.stop();
    await expect(checkRestore(directory, server.client, { timeoutMs: 300, pauseMs: 100 })).rejects.toThrow(
      /^127\.0\.0\.1:\d+, the restored member, does not serve: .*ECONNREFUSED/,
    );
  });
});
