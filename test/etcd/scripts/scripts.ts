import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ScriptPlace, type StoreIn, scriptPlace } from '../../support/backup-scripts';

export const SCRIPTS = path.join(__dirname, '../../../lib/etcd/scripts');

/** `<time>-<revision>.db` of a time that many seconds ago. */
export function nameOf(secondsAgo: number, revision = 7): string {
  const time = new Date(Date.now() - secondsAgo * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${time}-${revision}.db`;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What the scripts do, with an rclone and a store that it reaches. */
export function describeScripts(storeIn: StoreIn): void {
  let root: string;
  let files: string;
  let target: string;
  let run: ScriptPlace['run'];
  beforeEach(async () => {
    ({ root, files, target, run } = await scriptPlace(SCRIPTS, 'backups/dev/ns/etcd', storeIn));
  });

  const listed = () => fs.readdirSync(files).sort();
  const facts = (name: string, text: string) =>
    JSON.stringify({ name, bytes: text.length, sha256: sha256(text) });
  const put = (name: string, text = `content of ${name}`) => {
    fs.writeFileSync(path.join(files, name), text);
    fs.writeFileSync(path.join(files, `${name}.json`), facts(name, text));
  };
  const taken = (name: string, sum?: string) => {
    const at = (file: string) => path.join(root, 'backup', file);
    const text = `content of ${name}`;
    fs.writeFileSync(at('snapshot.db'), text);
    fs.writeFileSync(at('name'), name);
    fs.writeFileSync(
      at('snapshot.json'),
      `${JSON.stringify({ name, sha256: sum ?? sha256(text) }, null, 2)}\n`,
    );
  };
  const pairs = (...names: string[]) => names.flatMap((name) => [name, `${name}.json`]).sort();

  describe('upload.sh', () => {
    const upload = (keep: number, env: Record<string, string> = {}) =>
      run('upload.sh', { TARGET: target, KEEP: String(keep), ...env });
    const DAY = 86_400;
    const names = [1, 2, 3, 4].map((days) => nameOf(days * DAY));
    const now = nameOf(0);

    it('uploads the snapshot with what is known of it, and keeps the newest pairs', () => {
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
      expect(listed()).toEqual(pairs(now, names[0], names[1]));
      expect(fs.readFileSync(path.join(files, now), 'utf8')).toBe(`content of ${now}`);
      expect(JSON.parse(fs.readFileSync(path.join(files, `${now}.json`), 'utf8'))).toMatchObject({
        name: now,
      });
    });

    it('makes the directory, and can be run again', () => {
      fs.rmSync(files, { recursive: true });
      taken(now);
      expect(upload(3).status).toBe(0);
      expect(upload(3)).toMatchObject({ status: 0, log: [{ backup: 'uploaded', name: now }] });
      expect(listed()).toEqual(pairs(now));
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
      expect(listed()).toHaveLength(2);
    });

    it('keeps what it has just uploaded, whatever the clocks of others said', () => {
      const tomorrow = nameOf(-DAY);
      put(tomorrow);
      taken(now);
      expect(upload(1)).toMatchObject({ status: 0, log: [{ backup: 'uploaded' }] });
      expect(listed()).toEqual(pairs(now, tomorrow));
    });

    it('counts no backup without its .json, and removes it once it is a day old', () => {
      const half = [nameOf(DAY / 2), nameOf(2 * DAY)];
      for (const name of half) fs.writeFileSync(path.join(files, name), 'half');
      const orphan = `${nameOf(3 * DAY)}.json`;
      fs.writeFileSync(path.join(files, orphan), '{}');
      put(names[3]);
      taken(now);
      expect(upload(2).log.slice(1)).toEqual([
        { backup: 'removed', name: half[1], reason: 'it was never complete' },
        { backup: 'removed', name: orphan.replace('.json', ''), reason: 'it was never complete' },
      ]);
      expect(listed()).toEqual([half[0], ...pairs(now, names[3])].sort());
    });

    it('leaves alone what does not look like a backup', () => {
      const others = [
        'README',
        'a.db',
        '20260101T000000Z-12.db.old',
        '20260101T000000Z-snapshot.12',
        '-20260101T000000Z-1.db',
      ];
      for (const name of others) fs.writeFileSync(path.join(files, name), 'x');
      fs.mkdirSync(path.join(files, 'other'));
      fs.writeFileSync(path.join(files, 'other', names[3]), 'x');
      taken(now);
      expect(upload(1, { MAX_AGE: '60' })).toMatchObject({ status: 0, log: [{ backup: 'uploaded' }] });
      expect(listed()).toEqual([...others, 'other', ...pairs(now)].sort());
      expect(fs.readdirSync(path.join(files, 'other'))).toEqual([names[3]]);
    });

    it('has no backup, and removes none, when what arrived is not what was sent', () => {
      put(names[0]);
      put(names[1]);
      taken(now, '0123');
      const result = upload(1);
      expect(result.status).toBe(1);
      expect(result.log).toEqual([
        {
          backup: 'failed',
          name: now,
          reason: `its SHA-256 is ${sha256(`content of ${now}`)} where it is stored, not 0123`,
        },
      ]);
      expect(listed()).toEqual([now, ...pairs(names[0], names[1])].sort());
    });

    it('fails when there is nothing to upload', () => {
      put(names[0]);
      put(names[1]);
      expect(upload(1)).toMatchObject({ status: 1, log: [] });
      expect(listed()).toEqual(pairs(names[0], names[1]));
    });
  });

  describe('download.sh', () => {
    const name = '20260101T000000Z-100.db';
    const download = (env: Record<string, string> = { SNAPSHOT: name }) =>
      run('download.sh', { SOURCE: target, ...env });
    const restored = () => fs.readdirSync(path.join(root, 'restore')).sort();

    it('fetches a backup by its name, and what is known of it', () => {
      put(name);
      put('20260201T000000Z-200.db');
      const { status, log, stderr } = download();
      expect({ status, log }, stderr).toEqual({ status: 0, log: [{ restore: 'downloaded', name }] });
      expect(restored()).toEqual(['snapshot.db', 'snapshot.json']);
      expect(fs.readFileSync(path.join(root, 'restore/snapshot.db'), 'utf8')).toBe(`content of ${name}`);
      expect(download().status).toBe(0);
    });

    it('fetches the newest that is complete where none is named', () => {
      put(name);
      put('20260201T000000Z-99.db');
      fs.writeFileSync(path.join(files, '20260301T000000Z-300.db'), 'half');
      fs.writeFileSync(path.join(files, 'zzz.json'), '{}');
      expect(download({})).toMatchObject({ status: 0, log: [{ name: '20260201T000000Z-99.db' }] });
    });

    it('refuses what is not what was backed up', () => {
      put(name);
      fs.appendFileSync(path.join(files, name), 'x');
      const { status, log } = download();
      const reason = `the SHA-256 of ${name} is ${sha256(`content of ${name}x`)}, not ${sha256(`content of ${name}`)} as it was when the backup was made`;
      expect({ status, log }).toEqual({ status: 1, log: [{ restore: 'failed', reason }] });
      expect(restored()).toEqual(['snapshot.json']);
    });

    it('leaves nothing of an earlier download where it fails', () => {
      put(name);
      download();
      fs.rmSync(path.join(files, name));
      expect(download()).toMatchObject({
        status: 1,
        log: [{ restore: 'failed', reason: `${target}/${name} cannot be had` }],
      });
      expect(restored()).not.toContain('snapshot.db');
    });

    it('fails when there is no such backup, or none, so that no cluster starts empty', () => {
      expect(download()).toMatchObject({
        status: 1,
        log: [
          { reason: `${target}/${name}.json cannot be had: ${name} was never complete, or is not there` },
        ],
      });
      expect(download({})).toMatchObject({
        status: 1,
        log: [{ reason: `there is no backup in ${target}` }],
      });
    });

    it('follows the plan', () => {
      put(name);
      const plan = path.join(root, 'plan');
      fs.writeFileSync(plan, 'nothing');
      expect(download({ SNAPSHOT: name, PLAN: plan })).toMatchObject({
        status: 0,
        log: [{ restore: 'skipped', reason: 'nothing is to be restored here' }],
      });
      expect(fs.existsSync(path.join(root, 'restore'))).toBe(false);
      fs.writeFileSync(plan, 'restore\n');
      expect(download({ SNAPSHOT: name, PLAN: plan })).toMatchObject({ status: 0, log: [{ name }] });
      fs.writeFileSync(plan, 'something');
      expect(download({ SNAPSHOT: name, PLAN: plan })).toMatchObject({
        status: 1,
        log: [{ restore: 'failed', reason: 'the plan is something, neither restore nor nothing' }],
      });
      expect(download({ SNAPSHOT: name, PLAN: path.join(root, 'none') })).toMatchObject({
        status: 1,
        log: [],
      });
    });
  });
}
