import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EtcdClient } from '../../../lib/etcd/api/etcd-client';
import { foundingClusterId, foundingId } from '../../../lib/etcd/gate/facts';
import type { EtcdGateSettings } from '../../../lib/etcd/gate/settings';
import { ETCD_VERSIONS, etcdMissing, startEtcd } from '../../support/etcd-cluster';
import { freePorts } from '../../support/ports';
import { rcloneDirectory, rcloneMissing } from '../../support/rclone';
import { settingsOf } from '../gate/volumes';
import { RestoredMember, runScript } from './restored-member';
import { backUp } from './run-tasks';

const COUNT = 60;
const BUMP = 1_000_000_000n;
const clean: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of clean.splice(0).reverse()) await each();
});
beforeAll(async () => {
  if (!rcloneMissing) await rcloneDirectory();
}, 900_000);

/** Backs up a cluster with such keys into a directory; gives the backup, and what it was of. */
async function makeBackup(store: string, version: string, values: ReadonlyMap<string, string>) {
  const cluster = await startEtcd({ version });
  try {
    const client = cluster.client();
    for (const [key, value] of values) {
      await client.put(key, 'before');
      await client.put(key, value);
    }
    await client.put('late', 'x');
    const { clusterId } = await client.status();
    const directory = path.join(store, 'taken');
    const { facts } = await backUp(directory, [cluster.servers[0].client]);
    const target = path.join(store, 'prod/ns/etcd');
    await runScript('upload.sh', { BACKUP_DIRECTORY: directory, TARGET: target, KEEP: '3' });
    return { clusterId, facts, source: path.join(target, facts.name) };
  } finally {
    await cluster.stop();
  }
}

function newCluster(root: string, snapshot: string, change: Partial<EtcdGateSettings>) {
  const [peerPort, clientPort, metricsPort, gatePort] = freePorts(4);
  const members = [0, 1, 2].map((id) => ({ id, name: `etcd-${id}`, host: `127.0.0.${id + 2}` }));
  const settings = settingsOf({
    ...{ members, peerPort, clientPort, metricsPort, restore: snapshot },
    token: `prod/ns/new/${snapshot}`,
    ...change,
  });
  const made = members.map(({ id }) => new RestoredMember(root, settings, id, gatePort));
  clean.push(async () => {
    await Promise.all(made.map((each) => each.stop()));
  });
  return { settings, members: made };
}

async function valuesOf(
  client: EtcdClient,
  keys: Iterable<string>,
): Promise<Map<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  for (const key of keys) found.set(key, (await client.get(key))?.toString());
  return found;
}

const each = <T>(members: readonly RestoredMember[], step: (member: RestoredMember) => Promise<T> | T) =>
  Promise.all(members.map(step));

describe.skipIf(etcdMissing ?? rcloneMissing).each(ETCD_VERSIONS)('a restore with etcd %s', (version) => {
  // One with each arrangement of volumes.
  const walVolume = version === ETCD_VERSIONS[1];

  it('forms a new cluster with every key, once, and later starts leave its data alone', async () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'etcd-restore-'));
    clean.push(() => fs.rmSync(root, { recursive: true, force: true }));
    const values = new Map(Array.from({ length: COUNT }, (_, key) => [`key/${key}`, `value ${key} \u00e9`]));
    const backup = await makeBackup(root, version, values);
    values.set('late', 'x');
    expect(backup.facts.keys).toBe(COUNT + 1);
    const { settings, members } = newCluster(root, backup.facts.name, { version, walVolume });

    // A pod that was killed in the middle of each step begins again.
    expect(members[0].prepare()).toBe('restore');
    await members[0].download(backup.source);
    await members[0].restore();
    const half = path.join(members[0].paths.data, 'restored/member/snap/db');
    fs.truncateSync(half, 4_096);
    fs.rmSync(walVolume ? path.join(members[0].paths.wal, 'restored') : path.join(half, '../../wal'), {
      recursive: true,
    });

    expect(await each(members, (member) => member.prepare())).toEqual(['restore', 'restore', 'restore']);
    const { name } = backup.facts;
    expect(await each(members, (member) => member.download(backup.source))).toEqual(
      Array(3).fill([{ restore: 'downloaded', name }]),
    );
    await each(members, (member) => member.restore());
    const found = await each(members, (member) => member.gate());
    expect(found).toEqual(Array(3).fill({ action: 'found', restored: true }));
    await each(members, (member) => member.start());
    await each(members, (member) => member.serving());

    const client = members[1].client;
    const status = await client.status();
    const ids = settings.members.map(({ host }) =>
      foundingId(`http://${host}:${settings.peerPort}`, settings.token),
    );
    expect(status.clusterId).toBe(foundingClusterId(ids));
    expect(status.clusterId).not.toBe(backup.clusterId);
    expect((await client.memberList()).map((member) => member.id).sort()).toEqual([...ids].sort());
    expect(status.revision).toBeGreaterThanOrEqual(BigInt(backup.facts.revision) + BUMP);
    // Watchers of the old cluster are told that what they ask for is gone.
    await expect(client.countKeys(BigInt(backup.facts.revision))).rejects.toThrow(/has been compacted/);
    for (const member of members) {
      expect(await member.client.countKeys()).toBe(BigInt(values.size));
      expect(await valuesOf(member.client, values.keys())).toEqual(values);
    }
    for (const { paths } of members) expect(fs.existsSync(path.join(paths.data, 'restore'))).toBe(false);

    // The second start of every pod: with what was written since.
    await client.put('key/0', 'changed since');
    values.set('key/0', 'changed since');
    await each(members, (member) => member.stop());
    expect(await each(members, (member) => member.prepare())).toEqual(['nothing', 'nothing', 'nothing']);
    expect(await each(members, (member) => member.download('/nowhere/at-all.db'))).toEqual(
      Array(3).fill([{ restore: 'skipped', reason: 'nothing is to be restored here' }]),
    );
    await each(members, (member) => member.restore());
    expect(await each(members, (member) => member.gate())).toEqual(Array(3).fill({ action: 'start' }));
    await each(members, (member) => member.start());
    await each(members, (member) => member.serving());
    expect((await client.status()).clusterId).toBe(status.clusterId);
    for (const member of members) expect(await valuesOf(member.client, values.keys())).toEqual(values);
  });
});
