import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RedisGatePaths, RedisGateSettings } from '../../../lib/redis/gate/settings';
import { adoptRestore } from '../../../lib/redis/tasks/adopt-restore';
import { prepareRestore, restoringPods } from '../../../lib/redis/tasks/prepare-restore';
import { temporary } from '../../support/temporary';

const members = [0, 3].flatMap((shard) =>
  [0, 1].map((ordinal) => ({ pod: `redis-${shard}-${ordinal}`, host: 'x', shard })),
);

class PodDisk {
  readonly root = temporary();
  readonly lines: Record<string, unknown>[] = [];
  readonly paths: RedisGatePaths;

  constructor(private readonly pod: string) {
    const at = (name: string) => path.join(this.root, name);
    this.paths = {
      config: at('config'),
      secrets: at('secrets'),
      formed: at('formed'),
      data: at('data'),
      run: at('run'),
    };
    for (const each of ['config', 'formed', 'data'] as const) fs.mkdirSync(this.paths[each]);
    this.told({});
  }

  told(more: Partial<RedisGateSettings>): this {
    const settings: RedisGateSettings = {
      cluster: 'redis',
      topology: 'cluster',
      members,
      founders: members.map(({ pod }) => pod),
      port: 6379,
      tls: false,
      keepsData: true,
      operations: 'steward',
      restore: '20260101T000000Z',
      ...more,
    };
    fs.writeFileSync(path.join(this.paths.config, 'gate.json'), JSON.stringify(settings));
    return this;
  }

  put(directory: keyof RedisGatePaths, file: string, text = 'x'): this {
    const name = path.join(this.paths[directory], file);
    fs.mkdirSync(path.dirname(name), { recursive: true });
    fs.writeFileSync(name, text);
    return this;
  }

  prepare(): string {
    const run = {
      podName: this.pod,
      paths: this.paths,
      log: (line: Record<string, unknown>) => this.lines.push(line),
    };
    const plan = prepareRestore(run);
    expect(fs.readFileSync(path.join(this.paths.run, 'restore-plan'), 'utf8')).toBe(`${plan}\n`);
    return plan;
  }

  adopt(): Promise<void> {
    return adoptRestore({ podName: this.pod, paths: this.paths, log: (line) => this.lines.push(line) });
  }

  get data(): string[] {
    return fs.readdirSync(this.paths.data).sort();
  }

  reason(): unknown {
    return this.lines.at(-1)?.reason;
  }
}

describe('the plan of a restore', () => {
  it('is for the first founder of each shard, in the order of shards', () => {
    expect(restoringPods({ members, founders: members.map(({ pod }) => pod) })).toEqual([
      'redis-0-0',
      'redis-3-0',
    ]);
    expect(restoringPods({ members, founders: ['redis-3-1', 'redis-3-0'] })).toEqual(['redis-3-0']);
    expect(new PodDisk('redis-0-0').prepare()).toBe('restore 0');
    const disk = new PodDisk('redis-3-0');
    expect(disk.prepare()).toBe('restore 1');
    expect(disk.lines).toEqual([{ restore: 'restore 1', server: 'redis-3-0', backup: '20260101T000000Z' }]);
  });

  it.each([
    ['no backup is asked for', (disk: PodDisk) => disk.told({ restore: undefined })],
    ['the deployment exists (it is marked as formed)', (disk: PodDisk) => disk.put('formed', 'formed')],
    [
      'the disk has data, and nothing is ever restored over it',
      (disk: PodDisk) => disk.put('data', 'dump.rdb'),
    ],
    [
      'the disk has data, and nothing is ever restored over it',
      (disk: PodDisk) => disk.put('data', 'nodes.conf'),
    ],
    [
      'the disk has data, and nothing is ever restored over it',
      (disk: PodDisk) => disk.put('data', 'appendonlydir/appendonly.aof.manifest'),
    ],
    [
      'this volume belongs to redis-9 of other, and this is redis-0-0 of redis; mount the right volume',
      (disk: PodDisk) => disk.put('data', 'gate.json', '{"cluster":"other","pod":"redis-9"}'),
    ],
  ])('is nothing where %s', (reason, make) => {
    const disk = make(new PodDisk('redis-0-0'));
    expect(disk.prepare()).toBe('nothing');
    expect(disk.reason()).toBe(reason);
  });

  it('is nothing on everybody else', () => {
    const disk = new PodDisk('redis-0-1');
    expect(disk.prepare()).toBe('nothing');
    expect(disk.reason()).toBe('it gets everything from the first founder of its shard');
  });
});

describe('what was fetched', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const facts = (count: number, text = 'rdb') => ({
    name: '20260101T000000Z',
    topology: 'cluster',
    parts: Array.from({ length: count }, (_, shard) => ({
      file: `20260101T000000Z-${shard}.rdb`,
      sha256: sha256(text),
      keys: 5,
      shard,
    })),
  });
  const fetched = (disk: PodDisk, about: object) =>
    disk.put('data', 'restore/part.rdb', 'rdb').put('data', 'restore/backup.json', JSON.stringify(about));

  it('becomes the RDB file of the server, and is not looked for again', async () => {
    const disk = new PodDisk('redis-3-0');
    disk.prepare();
    fetched(disk, facts(2));
    await disk.adopt();
    expect(disk.data).toEqual(['dump.rdb']);
    expect(fs.readFileSync(path.join(disk.paths.data, 'dump.rdb'), 'utf8')).toBe('rdb');
    expect(disk.lines.at(-1)).toEqual({
      restore: 'restored',
      server: 'redis-3-0',
      backup: '20260101T000000Z',
      keys: 5,
      shard: 1,
    });
    expect(disk.prepare()).toBe('nothing');
    await disk.adopt();
    expect(disk.data).toEqual(['dump.rdb']);
  });

  it('is no data before it has its name, and is dropped where it is of no use', async () => {
    const disk = new PodDisk('redis-0-0');
    fetched(disk, facts(2));
    expect(disk.prepare()).toBe('restore 0');
    disk.put('formed', 'formed');
    expect(disk.prepare()).toBe('nothing');
    await disk.adopt();
    expect(disk.data).toEqual([]);
  });

  it('is refused where it is damaged, or of another number of shards', async () => {
    const disk = new PodDisk('redis-0-0');
    disk.prepare();
    fetched(disk, facts(2, 'other'));
    await expect(disk.adopt()).rejects.toThrow(
      `the SHA-256 of 20260101T000000Z-0.rdb is ${sha256('rdb')}, not ${sha256('other')} as it was when the backup was made`,
    );
    expect(disk.data).toEqual(['restore']);
    fetched(disk, facts(1));
    await expect(disk.adopt()).rejects.toThrow(
      '20260101T000000Z has the data of 1 shard, and 2 shards are formed here: form as many as the backup has, and change their number afterwards',
    );
    expect(disk.data).toEqual(['restore']);
  });
});
