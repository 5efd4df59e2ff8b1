import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EtcdDiskFiles } from '../../../lib/etcd/gate/disk';
import { identityOf } from '../../../lib/etcd/gate/identity';
import type { EtcdGateSettings } from '../../../lib/etcd/gate/settings';
import type { Files } from '../../../lib/steward/files';
import { temporary } from '../../support/temporary';
import { metadata, state } from '../disk/wal-writer';
import { beginToServe, confChange, emptyVolume, putLog, restore, serve, snapshotOf } from './etcd-files';
import { filesIn, pathsIn, put, settingsOf } from './volumes';

function member(change: Partial<EtcdGateSettings> = {}, id = 1) {
  const paths = pathsIn(temporary());
  const settings = settingsOf(change);
  const open = (other: Partial<EtcdGateSettings> = {}, files?: Files) =>
    new EtcdDiskFiles({ ...settings, ...other }, paths, id, files);
  return { paths, settings, open, places: open().places, identity: identityOf(`etcd-${id}`, settings) };
}

type Made = ReturnType<typeof member>;

const held = { memberId: 0xf1n, clusterId: 0xabcn, term: 3n, index: 70n };
const data = { state: 'data', ...held };

/** A disk that founded and whose server has served since. */
function served(change: Partial<EtcdGateSettings> = {}): Made {
  const made = member(change);
  made.open().rememberEmpty([0, 2]);
  made.open().prepareFounding(false);
  serve(made.places);
  return made;
}

describe('a disk', () => {
  it('is empty, founding, and holds data', () => {
    const { open, places } = member();
    expect(open().read()).toEqual({ state: 'empty', restored: false });
    open().prepareFounding(false);
    expect(open().read()).toEqual({ state: 'founding', restored: false });
    expect(fs.readdirSync(places.data)).toEqual([]);
    serve(places);
    expect(open().read()).toEqual(data);
    open().prepareStart();
    expect(open().read()).toEqual(data);
  });

  it('remembers who was empty over restarts, until it holds data', () => {
    const { open, places } = member();
    open().rememberEmpty([2]);
    open().rememberEmpty([0, 2]);
    expect([...open().seenEmpty]).toEqual([0, 2]);
    open().prepareFounding(false);
    expect([...open().seenEmpty]).toEqual([0, 2]);
    serve(places);
    open().prepareStart();
    open().rememberEmpty([0]);
    expect([...open().seenEmpty]).toEqual([]);
    fs.rmSync(places.data, { recursive: true });
    expect([...open().seenEmpty]).toEqual([]);
  });

  it('goes on founding after a server that ended before it had a log, and clears away what that left', () => {
    const { open, places } = member();
    open().prepareFounding(false);
    beginToServe(places);
    expect(open().read()).toEqual({ state: 'founding', restored: false });
    open().prepareFounding(false);
    expect(fs.readdirSync(places.data)).toEqual([]);
  });

  it('goes on founding after a server that ended before its log said who founds', () => {
    const { open, places } = member();
    open().prepareFounding(false);
    serve(places);
    putLog(places.log, [metadata(0xf1n, 0xabcn), snapshotOf(0n, 0n)]);
    expect(open().read()).toEqual({ state: 'founding', restored: false });
    open().prepareFounding(false);
    expect(fs.readdirSync(places.data)).toEqual([]);
    // One that has voted is no founder any more.
    serve(places);
    putLog(places.log, [metadata(0xf1n, 0xabcn), snapshotOf(0n, 0n), state(1n, 0xf1n, 0n)]);
    expect(open().read()).toMatchObject({ state: 'data' });
  });

  it('is lost when the data of a founder was removed by hand', () => {
    const { open, places } = served();
    fs.rmSync(places.data, { recursive: true });
    expect(open().read()).toEqual({ state: 'lost', reason: 'the data that this member stored is gone' });
  });

  it('is lost without the database of its log', () => {
    const { open, places } = served();
    fs.rmSync(places.database);
    const reason = 'the database that belongs to its write-ahead log is gone';
    expect(open().read()).toEqual({ state: 'lost', reason, ...held });
  });

  it('is lost with a log that is damaged', () => {
    const { open, places } = served();
    const [file] = fs.readdirSync(places.log).map((name) => path.join(places.log, name));
    const bytes = fs.readFileSync(file);
    bytes[40] ^= 0xff;
    fs.writeFileSync(file, bytes);
    expect(open().read()).toEqual({
      state: 'lost',
      reason: expect.stringMatching(
        /^its write-ahead log cannot be read \(.* is damaged in the record at \d+\)$/,
      ),
    });
  });

  it('that cannot be read is not taken for anything', () => {
    const { open, places } = served();
    const [file] = fs.readdirSync(places.log).map((name) => path.join(places.log, name));
    fs.rmSync(file);
    fs.symlinkSync(file, file);
    expect(() => open().read()).toThrow('ELOOP');
  });

  it('of another member or cluster is foreign', () => {
    const { open, paths, settings } = served();
    const foreign = (whose: string, own: string) => ({
      state: 'foreign',
      reason: `this volume belongs to ${whose}, and this is ${own}; mount the right volume`,
    });
    const asMember2 = new EtcdDiskFiles(settings, paths, 2);
    expect(asMember2.read()).toEqual(foreign('member 1 of etcd', 'member 2 of etcd'));
    expect(open({ cluster: 'other' }).read()).toEqual(foreign('member 1 of etcd', 'member 1 of other'));
  });

  it('with data of another token is foreign, with the ids by which the cluster may know it', () => {
    const { open } = served();
    expect(open({ token: 'other/ns/etcd' }).read()).toEqual({
      state: 'foreign',
      reason:
        'this volume has data of the cluster "prod/ns/etcd", and this is "other/ns/etcd"; mount the right volume',
      ...held,
    });
    expect(open({ token: 'prod/ns/etcd/a.db', restore: 'a.db' }).read()).toEqual({
      state: 'foreign',
      reason:
        'this volume has data of the cluster "prod/ns/etcd", and this is "prod/ns/etcd/a.db"; a backup is restored into empty ' +
        'volumes only',
      ...held,
    });
    open({ token: 'other/ns/etcd' }).prepareStart();
    expect(open({ token: 'other/ns/etcd' }).read()).toEqual(data);
  });

  it('is used although nobody says any more what it was restored from', () => {
    const { open } = served({ token: 'prod/ns/etcd/a.db', restore: 'a.db' });
    const later = { token: 'prod/ns/etcd', restore: undefined };
    expect(open(later).read()).toEqual(data);
    open(later).prepareStart();
    expect(open(later).read()).toEqual(data);
    expect(open({ token: 'prod/ns/etcd/b.db', restore: 'b.db' }).read().state).toBe('foreign');
  });

  it('that is empty does not go by notes of another token', () => {
    const { open } = member();
    open().rememberEmpty([0, 2]);
    open().prepareFounding(false);
    const other = { token: 'other/ns/etcd' };
    expect(open(other).read()).toEqual({ state: 'empty', restored: false });
    expect([...open(other).seenEmpty]).toEqual([]);
    open(other).rememberEmpty([0]);
    expect([...open(other).seenEmpty]).toEqual([0]);
  });

  it('whose notes cannot be read is not used', () => {
    const { open, paths } = member();
    put('{"clu', paths.data, 'gate.json');
    expect(open).toThrow(
      /gate\.json cannot be read \(.*\); empty the volume to let the member start over from the others$/,
    );
  });

  it('is taken over from somewhere else as it is', () => {
    const { open, places } = member();
    serve(places);
    expect(open().read()).toEqual(data);
    open().prepareStart();
    expect(open().read()).toEqual(data);
  });

  it('tells whether it is alone, where somebody wants to know', () => {
    const { open, places } = served();
    const force = { forceNewCluster: { member: 1, confirm: 'abc' } };
    const three = [metadata(0xf1n, 0xabcn), snapshotOf(0n, 0n), snapshotOf(1n, 3n, [0xf0n, 0xf1n, 0xf2n])];
    const log = (...records: Parameters<typeof putLog>[1]) => putLog(places.log, [...three, ...records]);
    log(state(3n, 0n, 3n), confChange(3n, 4n, 1n, 0xf0n), confChange(3n, 5n, 1n, 0xf2n));
    expect(open(force).read()).toMatchObject({ state: 'data', alone: false });
    // Only what was agreed on counts.
    log(confChange(3n, 4n, 1n, 0xf0n), confChange(3n, 5n, 1n, 0xf2n), state(4n, 0xf1n, 5n));
    expect(open(force).read()).toMatchObject({ state: 'data', alone: true });
    expect(open().read()).toEqual({ ...data, index: 5n });
  });
});

describe('a disk with a volume for the log', () => {
  const apart = { walVolume: true };
  const strangeLog = "the write-ahead log's volume is not the one that belongs to this member's data";
  const strangeData = "the data volume is not the one that belongs to this member's write-ahead log";

  it('is founding, and holds data', () => {
    const { open, places, paths } = member(apart);
    open().prepareFounding(false);
    expect(open().read()).toEqual({ state: 'founding', restored: false });
    serve(places);
    expect(places.log).toBe(path.join(paths.wal, 'wal'));
    expect(open().read()).toEqual(data);
    open().prepareStart();
    expect(open().read()).toEqual(data);
  });

  it('is lost when the log is gone, or another one, and stays so when others state empty disks', () => {
    const { open, paths, places } = served(apart);
    emptyVolume(paths.wal);
    expect(open().read()).toEqual({ state: 'lost', reason: strangeLog });
    open().rememberEmpty([0, 2]);
    expect(open().read().state).toBe('lost');
    serve(places);
    put('{"volumes":"another"}', paths.wal, 'gate.json');
    expect(open().read()).toEqual({ state: 'lost', reason: strangeLog, ...held });
  });

  it('is lost when the data is gone', () => {
    const { open, paths } = served(apart);
    emptyVolume(paths.data);
    expect(open().read()).toEqual({ state: 'lost', reason: strangeData, ...held });
    open().rememberEmpty([0, 2]);
    expect([...open().seenEmpty]).toEqual([]);
  });

  it('is lost when the volume of the log is not mounted any more, or is mounted for the first time', () => {
    expect(served(apart).open({ walVolume: false }).read()).toEqual({
      state: 'lost',
      reason: "the volume of the write-ahead log that belongs to this member's data is not mounted",
    });
    expect(served().open(apart).read()).toEqual({
      state: 'lost',
      reason: 'its write-ahead log is on the data volume, and has a volume of its own now',
    });
  });

  it('is empty, and goes by nothing that it was told, when a volume is another one before anything was stored', () => {
    const { open, paths } = member(apart);
    open().rememberEmpty([0, 2]);
    open().prepareFounding(false);
    emptyVolume(paths.wal);
    expect(open().read()).toEqual({ state: 'empty', restored: false });
    expect([...open().seenEmpty]).toEqual([]);
  });

  it('is a pair again once it has joined anew', () => {
    const { open, paths, places } = served(apart);
    emptyVolume(paths.data);
    open().prepareJoin();
    expect(open().read()).toEqual({ state: 'empty', restored: false });
    expect(fs.readdirSync(paths.wal)).toEqual(['gate.json']);
    serve(places, 0x77n);
    expect(open().read()).toEqual({ ...data, memberId: 0x77n });
  });
});

describe('joining', () => {
  it.each([false, true])('leaves nothing of what was there (log apart: %s)', (walVolume) => {
    const { open, paths } = served({ walVolume });
    open().prepareJoin();
    expect(open().read()).toEqual({ state: 'empty', restored: false });
    expect([...open().seenEmpty]).toEqual([]);
    expect(Object.keys(filesIn(paths.data))).toEqual(['gate.json']);
    expect(Object.keys(filesIn(paths.wal))).toEqual(walVolume ? ['gate.json'] : []);
  });
});

describe('a backup', () => {
  const wanted = { restore: 'a.db', token: 'prod/ns/etcd/a.db' };
  const lies = (walVolume: boolean) => {
    const made = member({ ...wanted, walVolume });
    restore(made.places, made.identity.memberId, made.identity.clusterId);
    return made;
  };

  it.each([false, true])('is taken into use once it is known to be whole (log apart: %s)', (walVolume) => {
    const { open, places, identity } = lies(walVolume);
    expect(open().read()).toEqual({ state: 'empty', restored: false });
    open().confirmRestored(identity);
    expect(open().read()).toEqual({ state: 'empty', restored: true });
    open().rememberEmpty([0, 2]);
    expect(open().read()).toEqual({ state: 'empty', restored: true });
    put('snapshot', places.download, 'snapshot.db');
    open().prepareFounding(true);
    expect(open().read()).toEqual({
      state: 'data',
      memberId: identity.memberId,
      clusterId: identity.clusterId,
      term: 1n,
      index: 3n,
    });
    expect(fs.existsSync(places.download)).toBe(false);
    expect(fs.readFileSync(places.database, 'utf8')).toBe('restored');
  });

  it.each<[string, (made: Made) => void]>([
    ['there is none', ({ places }) => fs.rmSync(places.restored, { recursive: true })],
    [
      'its database is missing',
      ({ places }) => fs.rmSync(path.join(places.restored, 'member', 'snap', 'db')),
    ],
    ['its log is missing', ({ places }) => fs.rmSync(places.restoredLog, { recursive: true })],
    ['it is that of another member', ({ places, identity }) => restore(places, 5n, identity.clusterId)],
    ['it is for another cluster', ({ places, identity }) => restore(places, identity.memberId, 5n)],
    ['there is data', ({ places }) => serve(places)],
  ])('is not taken for whole when %s', (_, damage) => {
    const made = lies(false);
    damage(made);
    made.open().confirmRestored(made.identity);
    expect(made.open().read().restored ?? false).toBe(false);
  });

  it('goes where nobody knows whether it is whole, and stays where it is', () => {
    const { open, places, identity } = lies(false);
    open().dropUnconfirmed();
    expect(fs.existsSync(places.restored)).toBe(false);
    restore(places, identity.memberId, identity.clusterId);
    open().confirmRestored(identity);
    open().dropUnconfirmed();
    expect(fs.existsSync(places.restored)).toBe(true);
    const other = { restore: 'b.db', token: 'prod/ns/etcd/b.db' };
    expect(open(other).read()).toEqual({ state: 'empty', restored: false });
    open(other).dropUnconfirmed();
    expect(fs.existsSync(places.restored)).toBe(false);
  });

  it('goes when the member starts or joins without it', () => {
    for (const go of [
      (disk: EtcdDiskFiles) => disk.prepareStart(),
      (disk: EtcdDiskFiles) => disk.prepareJoin(),
    ]) {
      const { open, paths, places, identity } = lies(true);
      open().confirmRestored(identity);
      put('snapshot', places.download, 'snapshot.db');
      go(open());
      expect(Object.keys({ ...filesIn(paths.data), ...filesIn(paths.wal) })).toEqual(['gate.json']);
    }
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

  /** Breaks it off at every call, looks at what is there, and does it again. */
  function everywhere(
    make: () => Made,
    go: (disk: EtcdDiskFiles, made: Made) => void,
    check: (made: Made, again: boolean) => void,
  ): number {
    for (let n = 1; ; n++) {
      const made = make();
      const { files, calls } = endingAt(n);
      let crashed = false;
      try {
        go(made.open({}, files), made);
      } catch (error) {
        expect((error as Error).message).toBe('crash');
        crashed = true;
      }
      check(made, false);
      if (crashed) go(made.open(), made);
      check(made, true);
      if (!crashed) return calls();
    }
  }

  const stateOf = ({ open }: Made) => open().read().state;
  const wanted = { restore: 'a.db', token: 'prod/ns/etcd/a.db' };

  it.each([false, true])('founding ends as one that may found (log apart: %s)', (walVolume) => {
    const make = () => {
      const made = member({ walVolume });
      made.open().rememberEmpty([0, 2]);
      made.open().prepareFounding(false);
      beginToServe(made.places);
      return made;
    };
    const calls = everywhere(
      make,
      (disk) => disk.prepareFounding(false),
      (made) => {
        expect(stateOf(made)).toBe('founding');
        expect([...made.open().seenEmpty]).toEqual([0, 2]);
      },
    );
    expect(calls).toBeGreaterThan(1);
  });

  it.each([false, true])('founding for the first time may be begun anew (log apart: %s)', (walVolume) => {
    const make = () => {
      const made = member({ walVolume });
      made.open().rememberEmpty([0, 2]);
      return made;
    };
    everywhere(
      make,
      (disk) => disk.prepareFounding(false),
      (made, again) => {
        expect(again ? ['founding'] : ['empty', 'founding']).toContain(stateOf(made));
        expect([...made.open().seenEmpty]).toEqual([0, 2]);
      },
    );
  });

  it.each([false, true])('taking a backup into use never loses a part of it (log apart: %s)', (walVolume) => {
    const make = () => {
      const made = member({ ...wanted, walVolume });
      restore(made.places, made.identity.memberId, made.identity.clusterId);
      made.open().rememberEmpty([0, 2]);
      made.open().confirmRestored(made.identity);
      return made;
    };
    const go = (disk: EtcdDiskFiles) => {
      // What the gate decides, whatever it finds.
      if (disk.read().state === 'data') disk.prepareStart();
      else disk.prepareFounding(true);
    };
    const calls = everywhere(make, go, (made, again) => {
      const disk = made.open().read();
      expect(again ? ['data'] : ['empty', 'founding', 'data']).toContain(disk.state);
      if (disk.state === 'data') expect(fs.readFileSync(made.places.database, 'utf8')).toBe('restored');
      else expect(disk.restored).toBe(true);
      // Whoever prepares a restore meanwhile takes nothing away.
      made.open().dropUnconfirmed();
      expect(made.open().read()).toEqual(disk);
    });
    expect(calls).toBeGreaterThan(walVolume ? 10 : 6);
  });

  it.each([false, true])('starting keeps the data (log apart: %s)', (walVolume) => {
    everywhere(
      () => served({ walVolume }),
      (disk) => disk.prepareStart(),
      (made) => expect(made.open().read()).toEqual(data),
    );
  });

  it.each([false, true])(
    'wiping ends with nothing, and never with a right to found (log apart: %s)',
    (walVolume) => {
      // Its notes are still those of a founder: the gate has not run since.
      const calls = everywhere(
        () => served({ walVolume }),
        (disk) => disk.prepareJoin(),
        (made, again) => {
          const { state: is } = made.open().read();
          expect(again ? ['empty'] : ['data', 'lost', 'empty']).toContain(is);
          if (is !== 'data') expect([...made.open().seenEmpty]).toEqual([]);
          if (!again) return;
          expect(fs.readdirSync(made.paths.data).sort()).toEqual(['data', 'gate.json']);
          expect(fs.readdirSync(made.places.data)).toEqual([]);
        },
      );
      expect(calls).toBeGreaterThan(8);
    },
  );

  it('wiping what is left of two volumes ends with a pair', () => {
    const make = () => {
      const made = served({ walVolume: true });
      emptyVolume(made.paths.wal);
      return made;
    };
    everywhere(
      make,
      (disk) => disk.prepareJoin(),
      (made, again) => {
        expect(again ? ['empty'] : ['lost', 'empty']).toContain(stateOf(made));
        if (!again) return;
        serve(made.places);
        expect(stateOf(made)).toBe('data');
      },
    );
  });

  it('noting who was empty keeps what was noted before', () => {
    const make = () => {
      const made = member();
      made.open().rememberEmpty([2]);
      return made;
    };
    everywhere(
      make,
      (disk) => disk.rememberEmpty([0]),
      (made, again) => expect(again ? ['0,2'] : ['2', '0,2']).toContain([...made.open().seenEmpty].join()),
    );
  });

  it('dropping what was restored in part ends without it', () => {
    const make = () => {
      const made = member({ ...wanted, walVolume: true });
      restore(made.places, made.identity.memberId, made.identity.clusterId);
      return made;
    };
    everywhere(
      make,
      (disk) => disk.dropUnconfirmed(),
      (made, again) => {
        expect(made.open().read()).toEqual({ state: 'empty', restored: false });
        if (again) expect(fs.existsSync(made.places.restored)).toBe(false);
      },
    );
  });
});
