import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EtcdDiskFiles } from '../../../lib/etcd/gate/disk';
import { identityOf } from '../../../lib/etcd/gate/identity';
import { prepareRestore } from '../../../lib/etcd/gate/prepare-restore';
import type { EtcdGateSettings } from '../../../lib/etcd/gate/settings';
import { etcdMissing, runEtcdTool } from '../../support/etcd-process';
import { temporary } from '../../support/temporary';
import { emptyVolume, restore, serve } from './etcd-files';
import { pathsIn, put, settingsOf } from './volumes';

function member(change: Partial<EtcdGateSettings> = {}) {
  const root = temporary();
  const paths = pathsIn(root);
  const work = path.join(root, 'work');
  fs.mkdirSync(work);
  const settings = settingsOf({ restore: 'dir/a.db', token: 'prod/ns/etcd/a.db', ...change });
  put(JSON.stringify(settings), paths.config, 'gate.json');
  const log: Record<string, unknown>[] = [];
  const disk = () => new EtcdDiskFiles(settings, paths, 1);
  return {
    paths,
    work,
    settings,
    log,
    disk,
    places: disk().places,
    identity: identityOf('etcd-1', settings),
    prepare: () => prepareRestore({ podName: 'etcd-1', paths, work, log: (line) => log.push(line) }),
    plan: () => fs.readFileSync(path.join(work, 'plan'), 'utf8'),
    target: (name = 'target') => fs.readlinkSync(path.join(work, name)),
  };
}

type Made = ReturnType<typeof member>;

describe('the preparation of a restore', () => {
  it.each([false, true])('has a founder restore on its empty disk (log apart: %s)', (walVolume) => {
    const { prepare, plan, target, paths, work, log } = member({ walVolume });
    expect(prepare()).toBe('restore');
    expect(plan()).toBe('restore\n');
    expect(target()).toBe(paths.data);
    expect(target('target-wal')).toBe(paths.wal);
    expect(target('snapshot.db')).toBe(path.join(paths.data, 'restore', 'snapshot.db'));
    // Where it is downloaded to.
    put('snapshot', paths.data, 'restore', 'snapshot.db');
    expect(fs.readFileSync(path.join(work, 'snapshot.db'), 'utf8')).toBe('snapshot');
    expect(log).toEqual([{ restore: 'restore', member: 1, backup: 'dir/a.db' }]);
  });

  it.each<[string, Partial<EtcdGateSettings>, (made: Made) => void, string]>([
    ['none is asked for', { restore: undefined }, () => undefined, 'no backup is asked for'],
    [
      'it is no founder',
      { founders: [0] },
      () => undefined,
      'it joins the founders, and gets everything from them',
    ],
    [
      'the cluster is formed',
      {},
      ({ paths }) => put('now', paths.formed, 'formed'),
      'the cluster exists (it is marked as formed)',
    ],
    [
      'there is data',
      {},
      ({ places }) => serve(places),
      'the disk has data, and nothing is ever restored over it',
    ],
    [
      'the backup lies there already',
      {},
      ({ places, identity, disk }) => {
        restore(places, identity.memberId, identity.clusterId);
        disk().confirmRestored(identity);
      },
      'the backup lies on the disk already',
    ],
    [
      'there is data of another cluster',
      {},
      ({ paths, settings, places }) => {
        new EtcdDiskFiles({ ...settings, restore: undefined, token: 'old' }, paths, 1).prepareFounding(false);
        serve(places);
      },
      'this volume has data of the cluster "old", and this is "prod/ns/etcd/a.db"; a backup is restored into empty volumes only',
    ],
    [
      'a volume is lost',
      { walVolume: true },
      ({ disk, places, paths }) => {
        disk().prepareFounding(false);
        serve(places);
        emptyVolume(paths.wal);
      },
      "the write-ahead log's volume is not the one that belongs to this member's data",
    ],
  ])('has nothing restored when %s', (_, change, make, reason) => {
    const made = member(change);
    make(made);
    expect(made.prepare()).toBe('nothing');
    expect(made.plan()).toBe('nothing\n');
    expect(made.target()).toBe(path.join(made.work, 'scratch'));
    expect(made.target('target-wal')).toBe(path.join(made.work, 'scratch-wal'));
    expect(fs.statSync(path.join(made.work, 'snapshot.db')).size).toBe(4 * 4_096 + 32);
    expect(made.log).toEqual([{ restore: 'nothing', member: 1, reason }]);
  });

  it('restores into the pods of a cluster that keeps nothing, formed or not', () => {
    const made = member({ keepsData: false });
    put('now', made.paths.formed, 'formed');
    expect(made.prepare()).toBe('restore');
  });

  it('begins anew after a restore that was broken off', () => {
    const { prepare, places, identity, work, target, paths } = member({ walVolume: true });
    expect(prepare()).toBe('restore');
    restore(places, identity.memberId, identity.clusterId);
    expect(prepare()).toBe('restore');
    expect(fs.existsSync(places.restored)).toBe(false);
    expect(fs.existsSync(places.restoredLog)).toBe(false);
    expect(target()).toBe(paths.data);
    expect(fs.readdirSync(work).sort()).toEqual(['plan', 'snapshot.db', 'target', 'target-wal']);
  });

  it('leaves nothing of a restore of nothing in the way of the next', () => {
    const { prepare, work } = member({ restore: undefined });
    prepare();
    put('db', work, 'target', 'restored', 'member', 'snap', 'db');
    put('log', work, 'target-wal', 'restored', '0.wal');
    expect(prepare()).toBe('nothing');
    expect(fs.readdirSync(path.join(work, 'target'))).toEqual([]);
    expect(fs.readdirSync(path.join(work, 'target-wal'))).toEqual([]);
  });

  it.skipIf(etcdMissing)(
    'has etcdutl restore nothing without a complaint',
    { timeout: 300_000 },
    async () => {
      const { prepare, work } = member({ restore: undefined, walVolume: true });
      for (let turn = 0; turn < 2; turn++) {
        prepare();
        await runEtcdTool('etcdutl', [
          'snapshot',
          'restore',
          `${work}/snapshot.db`,
          '--name=etcd-1',
          '--initial-cluster=etcd-1=http://etcd-1:2380',
          '--initial-advertise-peer-urls=http://etcd-1:2380',
          `--data-dir=${work}/target/restored`,
          `--wal-dir=${work}/target-wal/restored`,
          '--bump-revision=1000000000',
          '--mark-compacted',
        ]);
        expect(fs.readdirSync(path.join(work, 'scratch', 'restored', 'member', 'snap'))).toContain('db');
      }
    },
  );
});
