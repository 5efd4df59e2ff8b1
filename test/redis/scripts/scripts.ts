import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ScriptPlace, type StoreIn, scriptPlace } from '../../support/backup-scripts';

export const SCRIPTS = path.join(__dirname, '../../../lib/redis/scripts');

/** Name of a backup of a time that many seconds ago. */
export function nameOf(secondsAgo: number): string {
  return new Date(Date.now() - secondsAgo * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What the scripts do, with an rclone and a store that it reaches. */
export function describeScripts(storeIn: StoreIn): void {
  let root: string;
  let files: string;
  let target: string;
  let run: ScriptPlace['run'];
  beforeEach(async () => {
    ({ root, files, target, run } = await scriptPlace(SCRIPTS, 'backups/dev/ns/redis', storeIn));
  });

  const listed = () => fs.readdirSync(files).sort();
  const content = (file: string) => `content of ${file}`;
  const filesOf = (name: string, parts = 2) =>
    Array.from({ length: parts }, (_, part) => `${name}-${part}.rdb`);
  const whole = (...names: string[]) => names.flatMap((name) => [...filesOf(name), `${name}.json`]).sort();
  const put = (name: string) => {
    for (const file of filesOf(name)) fs.writeFileSync(path.join(files, file), content(file));
    fs.writeFileSync(path.join(files, `${name}.json`), JSON.stringify({ name }));
  };
  const taken = (name: string, sum?: string) => {
    const at = (file: string) => path.join(root, 'backup', file);
    const lines = filesOf(name).map((file, part) => {
      fs.writeFileSync(at(`${part}.rdb`), content(file));
      return `${part}.rdb ${file} ${part === 1 && sum ? sum : sha256(content(file))}\n`;
    });
    fs.writeFileSync(at('files'), lines.join(''));
    fs.writeFileSync(at('name'), name);
    fs.writeFileSync(at('backup.json'), JSON.stringify({ name }));
  };

  describe('upload.sh', () => {
    const upload = (keep: number, env: Record<string, string> = {}) =>
      run('upload.sh', { TARGET: target, KEEP: String(keep), ...env });
    const DAY = 86_400;
    const names = [1, 2, 3, 4].map((days) => nameOf(days * DAY));
    const now = nameOf(0);

    it('uploads all parts with what is known of them, and keeps the newest backups', () => {
      for (const name of names) put(name);
      taken(now);
      const { status, log, stderr } = upload(3);
      expect({ status, log }, stderr).toEqual({
        status: 0,
        log: [
          { backup: 'uploaded', name: now },
          { backup: 'removed', name: names[2], reason: 'there are 3 newer ones' },
          { backup: 'removed', name: names[3], reason: 'there are 3 newer ones' },
        ],
      });
      expect(listed()).toEqual(whole(now, names[0], names[1]));
      for (const file of filesOf(now))
        expect(fs.readFileSync(path.join(files, file), 'utf8')).toBe(content(file));
      expect(JSON.parse(fs.readFileSync(path.join(files, `${now}.json`), 'utf8'))).toEqual({ name: now });
    });

    it('makes the directory, and can be run again', () => {
      fs.rmSync(files, { recursive: true });
      taken(now);
      expect(upload(3).status).toBe(0);
      expect(upload(3)).toMatchObject({ status: 0, log: [{ backup: 'uploaded', name: now }] });
      expect(listed()).toEqual(whole(now));
    });

    it('removes what is too old', () => {
      for (const name of names) put(name);
      taken(now);
      const reason = `it is older than ${2.5 * DAY} seconds`;
      expect(upload(28, { MAX_AGE: String(2.5 * DAY) }).log.slice(1)).toEqual([
        { backup: 'removed', name: names[2], reason },
        { backup: 'removed', name: names[3], reason },
      ]);
    });

    it('never removes the newest, however old it is', () => {
      taken(nameOf(9 * DAY));
      expect(upload(1, { MAX_AGE: '60' })).toMatchObject({ status: 0, log: [{ backup: 'uploaded' }] });
      expect(listed()).toHaveLength(3);
    });

    it('keeps what it has just uploaded, whatever the clocks of others said', () => {
      const tomorrow = nameOf(-DAY);
      put(tomorrow);
      taken(now);
      expect(upload(1)).toMatchObject({ status: 0, log: [{ backup: 'uploaded' }] });
      expect(listed()).toEqual(whole(now, tomorrow));
    });

    it('counts no backup without its .json, and removes it once it is a day old', () => {
      const half = [nameOf(DAY / 2), nameOf(2 * DAY)].map((name) => filesOf(name)[1]);
      for (const file of half) fs.writeFileSync(path.join(files, file), 'half');
      put(names[3]);
      taken(now);
      expect(upload(2).log.slice(1)).toEqual([
        { backup: 'removed', name: half[1].slice(0, 16), reason: 'it was never complete' },
      ]);
      expect(listed()).toEqual([half[0], ...whole(now, names[3])].sort());
    });

    it('leaves alone what does not look like a backup', () => {
      const others = [
        'README',
        'a.rdb',
        '20260101T000000Z-12.rdb.old',
        '20260101T000000Z-part.rdb',
        '20260101T000000Z-12.db',
        '-20260101T000000Z-1.rdb',
        '20260101T000000Z.json.old',
      ];
      for (const name of others) fs.writeFileSync(path.join(files, name), 'x');
      fs.mkdirSync(path.join(files, 'other'));
      fs.writeFileSync(path.join(files, 'other', `${names[3]}.json`), 'x');
      taken(now);
      expect(upload(1, { MAX_AGE: '60' })).toMatchObject({ status: 0, log: [{ backup: 'uploaded' }] });
      expect(listed()).toEqual([...others, 'other', ...whole(now)].sort());
      expect(fs.readdirSync(path.join(files, 'other'))).toEqual([`${names[3]}.json`]);
    });

    it('has no backup, and removes none, when what arrived is not what was sent', () => {
      put(names[0]);
      put(names[1]);
      taken(now, '0123');
      const [, second] = filesOf(now);
      const reason = `the SHA-256 of ${second} is ${sha256(content(second))} where it is stored, not 0123`;
      expect(upload(1)).toMatchObject({ status: 1, log: [{ backup: 'failed', name: now, reason }] });
      expect(listed()).toEqual([...filesOf(now), ...whole(names[0], names[1])].sort());
    });

    it('fails when there is nothing to upload', () => {
      put(names[0]);
      put(names[1]);
      expect(upload(1)).toMatchObject({ status: 1, log: [] });
      expect(listed()).toEqual(whole(names[0], names[1]));
    });
  });

  describe('download.sh', () => {
    const name = '20260101T000000Z';
    const download = (plan: string, backup = name) => {
      fs.writeFileSync(path.join(root, 'plan'), `${plan}\n`);
      return run('download.sh', { SOURCE: target, BACKUP: backup, PLAN: path.join(root, 'plan') });
    };
    const restored = () => fs.readdirSync(path.join(root, 'restore')).sort();

    it('fetches the part of the plan, and what is known of the backup', () => {
      put(name);
      put('20260201T000000Z');
      const { status, log, stderr } = download('restore 1');
      expect({ status, log }, stderr).toEqual({ status: 0, log: [{ restore: 'downloaded', name, part: 1 }] });
      expect(restored()).toEqual(['backup.json', 'part.rdb']);
      expect(fs.readFileSync(path.join(root, 'restore/part.rdb'), 'utf8')).toBe(content(filesOf(name)[1]));
      expect(download('restore 0').status).toBe(0);
      expect(fs.readFileSync(path.join(root, 'restore/part.rdb'), 'utf8')).toBe(content(filesOf(name)[0]));
    });

    it('leaves nothing of an earlier download where it fails', () => {
      put(name);
      download('restore 0');
      fs.rmSync(path.join(files, filesOf(name)[0]));
      const reason = `${target}/${name}-0.rdb cannot be had: ${name} has fewer shards, or is damaged`;
      expect(download('restore 0')).toMatchObject({ status: 1, log: [{ restore: 'failed', reason }] });
      expect(restored()).not.toContain('part.rdb');
    });

    it('fails when there is no such backup, so that nothing starts empty', () => {
      const reason = `${target}/${name}.json cannot be had: ${name} was never complete, or is not there`;
      expect(download('restore 0')).toMatchObject({ status: 1, log: [{ reason }] });
      for (const file of filesOf(name)) fs.writeFileSync(path.join(files, file), 'half');
      expect(download('restore 0')).toMatchObject({ status: 1, log: [{ reason }] });
    });

    it('follows the plan', () => {
      put(name);
      expect(download('nothing')).toMatchObject({
        status: 0,
        log: [{ restore: 'skipped', reason: 'nothing is to be restored here' }],
      });
      expect(fs.existsSync(path.join(root, 'restore'))).toBe(false);
      for (const plan of ['restore', 'restore x', 'something']) {
        const reason = `the plan is ${plan}, neither nothing nor restore with the number of a part`;
        expect(download(plan)).toMatchObject({ status: 1, log: [{ restore: 'failed', reason }] });
      }
    });
  });
}
