import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MountedFiles } from '../../lib/steward/mounted-files';

describe('mounted files', () => {
  let dir: string;
  let loads: number;
  const file = (name: string) => path.join(dir, name);
  const write = (name: string, text: string) => {
    fs.writeFileSync(file(`${name}.new`), text);
    fs.renameSync(file(`${name}.new`), file(name));
  };
  const of = (names: () => string[], meanwhile: () => void = () => undefined) => {
    const files = () => names().map(file);
    return new MountedFiles(files, () => {
      loads++;
      const texts = files().map((each) => fs.readFileSync(each, 'utf8'));
      meanwhile();
      return texts;
    });
  };

  beforeEach(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'mounted-'));
    loads = 0;
    write('key', 'one');
    write('cert', 'two');
  });
  afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

  it('are read once while they stay as they are', () => {
    const mounted = of(() => ['key', 'cert']);
    const first = mounted.read();
    expect(first).toEqual(['one', 'two']);
    expect(mounted.read()).toBe(first);
    expect(loads).toBe(1);
  });

  it('are read again when any of them changes', () => {
    const mounted = of(() => ['key', 'cert']);
    mounted.read();
    write('cert', 'new');
    expect(mounted.read()).toEqual(['one', 'new']);
    expect(mounted.read()).toEqual(['one', 'new']);
    expect(loads).toBe(2);
  });

  it('are read again when there are others', () => {
    const names = ['key'];
    const mounted = of(() => names);
    mounted.read();
    names.push('cert');
    expect(mounted.read()).toEqual(['one', 'two']);
  });

  it('are read again the next time when they change while they are read', () => {
    let change = true;
    const mounted = of(
      () => ['key', 'cert'],
      () => {
        if (change) write('cert', 'new');
        change = false;
      },
    );
    expect(mounted.read()).toEqual(['one', 'two']);
    expect(mounted.read()).toEqual(['one', 'new']);
  });

  it('are missed when one is not there', () => {
    expect(() => of(() => ['key', 'none']).read()).toThrow('ENOENT');
  });
});
