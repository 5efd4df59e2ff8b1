import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Files } from '../../../lib/steward/files';
import { MemberDisk } from '../../../lib/zookeeper/gate/disk';
import type { GatePaths, GateSettings } from '../../../lib/zookeeper/gate/settings';
import { parseMembership } from '../../../lib/zookeeper/wire/servers';
import { temporary } from '../../support/temporary';
import { filesIn, pathsIn, put, SNAPSHOT, settingsOf } from './volumes';

const LIVE = [1, 2, 3].map((id) => `server.${id}=zk-${id}:2888:3888:participant;0.0.0.0:2181`).join('\n');
/** The same as a gate leaves it: where clients are taken is up to zoo.cfg. */
const BARE = LIVE.replaceAll(';0.0.0.0:2181', '');
const live = parseMembership(`${LIVE}\nversion=100000004\n`);
const without2 = { ...live, servers: live.servers.filter(({ id }) => id !== 2) };
const seed = [1, 2, 3].map((id) => `server.${id}=zk-${id}:2888:3888:participant\n`).join('');

function member(change: Partial<GateSettings> = {}, id = 2) {
  const paths = pathsIn(temporary());
  const settings = settingsOf(change);
  const open = (files?: Files) => new MemberDisk(settings, paths, id, files);
  return { paths, settings, open };
}

/** What the server leaves behind once it has been part of an ensemble. */
function serve({ data, log }: GatePaths, { split = false, members = LIVE } = {}): void {
  fs.rmSync(path.join(split ? log : data, 'initialize'), { force: true });
  put(SNAPSHOT, data, 'version-2', 'snapshot.0');
  put('1', data, 'version-2', 'currentEpoch');
  put('1', data, 'version-2', 'acceptedEpoch');
  put('log', split ? log : data, 'version-2', 'log.100000001');
  const file = path.join(data, 'conf', 'zoo.cfg.dynamic.100000000');
  fs.rmSync(path.join(data, 'conf', 'zoo.cfg.dynamic'), { force: true });
  put(`${members}\n`, file);
  put(`tickTime=2000\ndynamicConfigFile=${file}\n`, data, 'conf', 'zoo.cfg');
}

const conf = (paths: GatePaths) => filesIn(path.join(paths.data, 'conf'));

describe('a disk', () => {
  it('is empty, founding, and holds data', () => {
    const { paths, open } = member();
    expect(open().read()).toEqual({ state: 'empty' });
    open().prepareFounding();
    expect(open().read()).toEqual({ state: 'founding' });
    expect(conf(paths)).toEqual({
      'zoo.cfg': `# wanted\ntickTime=2000\ndynamicConfigFile=${path.join(paths.data, 'conf', 'zoo.cfg.dynamic')}\n`,
      'zoo.cfg.dynamic': seed,
    });
    expect(fs.existsSync(path.join(paths.data, 'initialize'))).toBe(true);
    expect(fs.readFileSync(path.join(paths.data, 'myid'), 'utf8')).toBe('2\n');
    serve(paths);
    expect(open().read()).toEqual({ state: 'data', version: 0x100000000n, members: [1, 2, 3] });
  });

  it('seeds all founders as voters, later voters not, and observers as such', () => {
    const { paths, open } = member({
      members: [
        { id: 1, host: 'zk-1', role: 'participant' },
        { id: 2, host: 'zk-2', role: 'observer' },
        { id: 3, host: 'zk-3', role: 'participant' },
        { id: 4, host: 'zk-4', role: 'observer' },
      ],
      founders: [1, 2],
    });
    open().prepareFounding();
    expect(conf(paths)['zoo.cfg.dynamic']).toBe(
      'server.1=zk-1:2888:3888:participant\nserver.2=zk-2:2888:3888:participant\nserver.4=zk-4:2888:3888:observer\n',
    );
  });

  it('is not taken for data because of a snapshot that a crash has cut', () => {
    const { paths, open } = member();
    open().prepareFounding();
    put(SNAPSHOT.subarray(0, 15), paths.data, 'version-2', 'snapshot.0');
    expect(open().read()).toEqual({ state: 'founding' });
    put('', paths.data, 'version-2', 'snapshot.0');
    expect(open().read()).toEqual({ state: 'founding' });
  });

  it('remembers who was empty over restarts, until it holds data', () => {
    const { paths, open } = member();
    const disk = open();
    disk.rememberEmpty(3);
    disk.rememberEmpty(1);
    disk.rememberEmpty(3);
    expect([...open().seenEmpty]).toEqual([1, 3]);
    disk.prepareFounding();
    expect([...open().seenEmpty]).toEqual([1, 3]);
    serve(paths);
    const running = open();
    running.prepareStart();
    running.rememberEmpty(1);
    expect([...open().seenEmpty]).toEqual([]);
  });

  it('that belongs to another member or cluster is foreign', () => {
    const { paths, settings, open } = member();
    open().prepareFounding();
    expect(new MemberDisk(settings, paths, 3).read()).toEqual({
      state: 'foreign',
      reason: 'this volume belongs to member 2 of zk, and this is member 3 of zk; mount the right volume',
    });
    expect(new MemberDisk({ ...settings, cluster: 'other' }, paths, 2).read()).toEqual({
      state: 'foreign',
      reason: 'this volume belongs to member 2 of zk, and this is member 2 of other; mount the right volume',
    });
    const bare = member();
    put('7\n', bare.paths.data, 'myid');
    expect(bare.open().read()).toEqual({
      state: 'foreign',
      reason: 'this volume belongs to member 7 of zk, and this is member 2 of zk; mount the right volume',
    });
  });

  it('whose record cannot be read is not used', () => {
    const { paths, open } = member();
    put('{"clu', paths.data, 'member.json');
    expect(open).toThrow(
      /member\.json cannot be read \(.*\); empty the volume to let the member start over from the others$/,
    );
  });

  it.each<[string, (paths: GatePaths) => void, string]>([
    [
      'its snapshots were removed',
      ({ data }) => fs.rmSync(path.join(data, 'version-2', 'snapshot.0')),
      'there are transactions without the snapshot that they continue',
    ],
    [
      'its data was removed',
      ({ data }) => fs.rmSync(path.join(data, 'version-2'), { recursive: true }),
      'the data that this member stored is gone',
    ],
  ])('is lost when %s, although it was a founder', (_, damage, reason) => {
    const { paths, open } = member();
    open().prepareFounding();
    serve(paths);
    damage(paths);
    expect(open().read()).toEqual({ state: 'lost', reason });
    open().prepareJoin(live, 'empty');
    expect(open().read()).toEqual({ state: 'empty' });
    expect(open().seenEmpty.size).toBe(0);
  });
});

describe('a disk with a transaction log volume', () => {
  const split = () => {
    const made = member({ transactionLogVolume: true });
    made.open().prepareFounding();
    return made;
  };
  const served = () => {
    const made = split();
    serve(made.paths, { split: true });
    expect(made.open().read().state).toBe('data');
    return made;
  };
  const empty = (directory: string) => {
    fs.rmSync(directory, { recursive: true });
    fs.mkdirSync(directory);
  };

  it('allows the server to vote where it looks: beside the transactions', () => {
    const { paths } = split();
    expect(fs.existsSync(path.join(paths.log, 'initialize'))).toBe(true);
    expect(fs.existsSync(path.join(paths.data, 'initialize'))).toBe(false);
  });

  it('is lost when the log is another one, and stays so when peers state empty disks', () => {
    const { paths, open } = served();
    empty(paths.log);
    const disk = open();
    const reason = "the transaction log volume is not the one that belongs to this member's data";
    expect(disk.read()).toEqual({ state: 'lost', reason });
    disk.rememberEmpty(1);
    disk.rememberEmpty(3);
    expect(disk.read()).toEqual({ state: 'lost', reason });
    expect(open().read()).toEqual({ state: 'lost', reason });
    const other = served();
    fs.cpSync(other.paths.log, paths.log, { recursive: true });
    expect(open().read()).toEqual({ state: 'lost', reason });
  });

  it('is lost when the data is gone and the log is there', () => {
    const { paths, open } = served();
    empty(paths.data);
    const reason = "the data volume is not the one that belongs to this member's transaction log";
    expect(open().read()).toEqual({ state: 'lost', reason });
    const other = served();
    fs.cpSync(other.paths.data, paths.data, { recursive: true });
    expect(open().read().state).toBe('lost');
  });

  it('is lost when the log volume is no longer mounted', () => {
    const { paths, settings } = served();
    expect(new MemberDisk({ ...settings, transactionLogVolume: false }, paths, 2).read()).toEqual({
      state: 'lost',
      reason: "the transaction log volume that belongs to this member's data is not mounted",
    });
  });

  it('is as empty as both volumes are, whatever the marks on them say', () => {
    const { paths, open } = split();
    empty(paths.log);
    expect(open().read()).toEqual({ state: 'founding' });
    empty(paths.data);
    put('{"volumes":"x"}', paths.log, 'member.json');
    expect(open().read()).toEqual({ state: 'empty' });
  });

  it('is put aside on both volumes when it joins anew', () => {
    const { paths, open } = served();
    put('{"volumes":"x"}', paths.log, 'member.json');
    open().prepareJoin(live, 'empty');
    expect(fs.readdirSync(path.join(paths.data, 'set-aside'))).toContain('snapshot.0');
    expect(fs.readdirSync(path.join(paths.log, 'set-aside'))).toEqual(['log.100000001']);
    expect(open().read()).toEqual({ state: 'empty' });
    serve(paths, { split: true });
    expect(open().read().state).toBe('data');
  });
});

describe('joining', () => {
  it('keeps the data and takes over a newer membership, as ZooKeeper would write it', () => {
    const { paths, open } = member();
    open().prepareFounding();
    serve(paths);
    put('server.2=proposed\n', paths.data, 'conf', 'zoo.cfg.dynamic.next');
    open().prepareJoin(live, 'keep');
    expect(conf(paths)).toEqual({
      'zoo.cfg': `# wanted\ntickTime=2000\ndynamicConfigFile=${path.join(paths.data, 'conf', 'zoo.cfg.dynamic.100000004')}\n`,
      'zoo.cfg.dynamic.100000004': `${BARE}\n`,
      'zoo.cfg.dynamic.next': 'server.2=proposed\n',
    });
    expect(open().read()).toEqual({ state: 'data', version: 0x100000004n, members: [1, 2, 3] });
  });

  it('is an observer without a version where it is not listed', () => {
    const { paths, open } = member();
    open().prepareFounding();
    serve(paths);
    put('server.2=proposed\n', paths.data, 'conf', 'zoo.cfg.dynamic.next');
    open().prepareJoin(without2, 'keep');
    expect(Object.keys(conf(paths))).toEqual(['zoo.cfg', 'zoo.cfg.dynamic']);
    expect(conf(paths)['zoo.cfg.dynamic']).toBe(
      'server.1=zk-1:2888:3888:participant\nserver.3=zk-3:2888:3888:participant\nserver.2=zk-2:2888:3888:observer\n',
    );
    expect(open().read()).toEqual({ state: 'data', version: 0n, members: [1, 3, 2] });
    expect(fs.existsSync(path.join(paths.data, 'version-2', 'log.100000001'))).toBe(true);
  });

  it('brings nothing, and may not vote on it', () => {
    const { paths, open } = member();
    open().prepareJoin(live, 'empty');
    expect(fs.existsSync(path.join(paths.data, 'initialize'))).toBe(false);
    expect(open().read()).toEqual({ state: 'empty' });
    expect(conf(paths)['zoo.cfg.dynamic']).toContain('server.2=zk-2:2888:3888:participant');
  });

  it('brings its vote as a founder, also after it was without one', () => {
    const { paths, open } = member();
    open().rememberEmpty(1);
    open().prepareJoin(live, 'empty');
    expect([...open().seenEmpty]).toEqual([1]);
    // What a server without a vote has written; with it one that has a vote would not start.
    put('-1', paths.data, 'version-2', 'currentEpoch');
    put('-1', paths.data, 'version-2', 'acceptedEpoch');
    open().prepareJoin(live, 'founding');
    expect(open().read()).toEqual({ state: 'founding' });
    expect(fs.existsSync(path.join(paths.data, 'initialize'))).toBe(true);
    expect(fs.readdirSync(path.join(paths.data, 'version-2'))).toEqual([]);
  });

  it('keeps one generation of what it put aside, and not the rubbish of a join that came to nothing', () => {
    const { paths, open } = member();
    open().prepareFounding();
    serve(paths);
    fs.rmSync(path.join(paths.data, 'version-2', 'snapshot.0'));
    open().prepareJoin(live, 'empty');
    put('2', paths.data, 'version-2', 'acceptedEpoch');
    open().prepareJoin(live, 'empty');
    expect(fs.readdirSync(path.join(paths.data, 'set-aside'))).toContain('log.100000001');
    expect(filesIn(path.join(paths.data, 'version-2'))).toEqual({ acceptedEpoch: '2' });
  });

  it('is not possible for somebody who is not wanted', () => {
    const { open } = member({}, 9);
    expect(() => open().prepareJoin(live, 'empty')).toThrow('member 9 is not one of those that should exist');
  });
});

describe('starting', () => {
  it('keeps the membership that ZooKeeper has written and takes over the settings', () => {
    const { paths, open } = member();
    open().prepareFounding();
    serve(paths);
    put('# wanted anew\nsyncLimit=7', paths.config, 'zoo.cfg');
    put('server.2=proposed\n', paths.data, 'conf', 'zoo.cfg.dynamic.next');
    put(SNAPSHOT, paths.data, 'restore', 'a-snapshot.1');
    open().prepareStart();
    expect(conf(paths)).toEqual({
      'zoo.cfg': `# wanted anew\nsyncLimit=7\ndynamicConfigFile=${path.join(paths.data, 'conf', 'zoo.cfg.dynamic.100000000')}\n`,
      'zoo.cfg.dynamic.100000000': `${BARE}\n`,
      'zoo.cfg.dynamic.next': 'server.2=proposed\n',
    });
    expect(fs.existsSync(path.join(paths.data, 'restore'))).toBe(false);
    expect(open().read()).toEqual({ state: 'data', version: 0x100000000n, members: [1, 2, 3] });
  });
});

describe('restoring', () => {
  const restore = 'dir/20260101T000000Z-snapshot.30000000a';

  it('founds on the snapshot of a backup, in its epoch', () => {
    const { paths, open } = member({ restore });
    put(SNAPSHOT, paths.data, 'restore', path.basename(restore));
    put('0', paths.data, 'version-2', 'acceptedEpoch');
    open().prepareFounding();
    expect(fs.readdirSync(path.join(paths.data, 'version-2'))).toEqual(['snapshot.30000000a']);
    expect(fs.existsSync(path.join(paths.data, 'initialize'))).toBe(false);
    expect(open().read()).toEqual({ state: 'data', version: 0n, members: [1, 2, 3] });
  });

  it('founds nothing empty in its place', () => {
    const { paths, open } = member({ restore });
    const files = filesIn(paths.data);
    expect(() => open().prepareFounding()).toThrow(
      `the backup "20260101T000000Z-snapshot.30000000a" is not in ${path.join(paths.data, 'restore')}, and nothing empty is founded ` +
        'in its place; let the restore container download it again',
    );
    expect(filesIn(paths.data)).toEqual(files);
  });
});

describe('a crash between any two calls of the file system', () => {
  const WRITES = ['mkdirSync', 'renameSync', 'rmSync', 'openSync', 'writeSync', 'fsyncSync'];

  /** A file system that ends at its n-th call that writes. */
  function endingAt(n: number): { files: Files; calls: () => number } {
    let calls = 0;
    const files = new Proxy(fs, {
      get(target, name: keyof typeof fs) {
        const call = target[name];
        if (!WRITES.includes(name as string)) return call;
        return (...args: unknown[]) => {
          if (++calls === n) throw new Error('crash');
          if (name === 'fsyncSync') return undefined;
          return (call as (...given: unknown[]) => unknown).apply(target, args);
        };
      },
    }) as unknown as Files;
    return { files, calls: () => calls };
  }

  const restore = 'snapshot.30000000a';
  const prepare = {
    found: (disk: MemberDisk) => disk.prepareFounding(),
    start: (disk: MemberDisk) => disk.prepareStart(),
    keep: (disk: MemberDisk) => disk.prepareJoin(live, 'keep'),
    guest: (disk: MemberDisk) => disk.prepareJoin(without2, 'keep'),
    empty: (disk: MemberDisk) => disk.prepareJoin(live, 'empty'),
    founding: (disk: MemberDisk) => disk.prepareJoin(live, 'founding'),
  };
  const marked = (disk: MemberDisk) => [1, 3].map((id) => disk.rememberEmpty(id));
  const used = (paths: GatePaths, split: boolean, open: () => MemberDisk) => {
    open().prepareFounding();
    serve(paths, { split });
  };

  // What is allowed in between: never 'data' where some was lost, never 'founding' or 'empty' where data is kept.
  it.each<
    [
      string,
      keyof typeof prepare,
      boolean,
      (paths: GatePaths, split: boolean, open: () => MemberDisk) => void,
      string[],
      string,
    ]
  >([
    ['founding', 'found', false, () => undefined, ['empty', 'founding'], 'founding'],
    ['founding on two volumes', 'found', true, () => undefined, ['empty', 'founding'], 'founding'],
    [
      'joining with the vote of a founder',
      'founding',
      true,
      (_p, _s, open) => marked(open()),
      ['empty', 'founding'],
      'founding',
    ],
    ['joining with an empty disk', 'empty', true, (_p, _s, open) => marked(open()), ['empty'], 'empty'],
    ['starting', 'start', false, used, ['data'], 'data'],
    ['joining with data', 'keep', true, used, ['data'], 'data'],
    ['joining with data as a guest', 'guest', false, used, ['data'], 'data'],
    [
      'joining without the data',
      'empty',
      false,
      (paths, split, open) => {
        used(paths, split, open);
        fs.rmSync(path.join(paths.data, 'version-2', 'snapshot.0'));
      },
      ['lost', 'empty'],
      'empty',
    ],
    [
      'joining without the log volume',
      'empty',
      true,
      (paths, split, open) => {
        used(paths, split, open);
        fs.rmSync(path.join(paths.log, 'member.json'));
      },
      ['lost', 'empty'],
      'empty',
    ],
    [
      'joining without the data volume',
      'empty',
      true,
      (paths, split, open) => {
        used(paths, split, open);
        fs.rmSync(paths.data, { recursive: true });
        fs.mkdirSync(paths.data);
      },
      ['lost', 'empty'],
      'empty',
    ],
  ])('while %s is mended by the next run', (_, what, split, arrange, between, after) => {
    const make = () => {
      const made = member({ transactionLogVolume: split });
      arrange(made.paths, split, () => made.open());
      return made;
    };
    const undisturbed = make();
    const { files, calls } = endingAt(0);
    prepare[what](undisturbed.open(files));
    const relative = (paths: GatePaths) =>
      JSON.parse(
        JSON.stringify(filesIn(path.dirname(paths.data)))
          .replaceAll(path.dirname(paths.data), '')
          .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'uuid'),
      );
    const expected = relative(undisturbed.paths);
    expect(undisturbed.open().read().state).toBe(after);
    expect(calls()).toBeGreaterThan(5);
    for (let n = 1; n <= calls(); n++) {
      const { paths, open } = make();
      const seen = [...open().seenEmpty];
      expect(() => prepare[what](open(endingAt(n).files)), `call ${n}`).toThrow('crash');
      const disk = open();
      const { state } = disk.read();
      expect(between, `call ${n}`).toContain(state);
      // Who may found still knows why, and who has lost what it had does not.
      if (state === 'lost') expect([seen, []], `call ${n}`).toContainEqual([...disk.seenEmpty]);
      else if (state !== 'data') expect([...disk.seenEmpty], `call ${n}`).toEqual(seen);
      prepare[what](disk);
      expect(relative(paths), `call ${n}`).toEqual(expected);
      expect(open().read(), `call ${n}`).toEqual({ ...undisturbed.open().read() });
    }
  });

  it('while a backup is put in place is mended by the next run', () => {
    for (let n = 1; ; n++) {
      const { paths, open } = member({ restore });
      put(SNAPSHOT, paths.data, 'restore', restore);
      const { files } = endingAt(n);
      let crashed = false;
      try {
        open(files).prepareFounding();
      } catch {
        crashed = true;
      }
      if (open().read().state !== 'data') open().prepareFounding();
      expect(fs.readFileSync(path.join(paths.data, 'version-2', restore))).toEqual(SNAPSHOT);
      expect(open().read()).toEqual({ state: 'data', version: 0n, members: [1, 2, 3] });
      if (!crashed) break;
      expect(n).toBeLessThan(100);
    }
  });

  it('while a statement is noted leaves it noted or not', () => {
    for (let n = 1; n <= 5; n++) {
      const { open } = member();
      open().rememberEmpty(1);
      expect(() => open(endingAt(n).files).rememberEmpty(3)).toThrow('crash');
      expect([[1], [1, 3]]).toContainEqual([...open().seenEmpty]);
    }
  });
});
