import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import { afterAll, describe, expect, it } from 'vitest';
import { type EnvironmentProps, PlatformApp, ValidationError, validateApp } from '../../lib';
import { reportFindings } from '../../lib/core/problem';

const outdir = mkdtempSync(join(tmpdir(), 'platform-app-'));
afterAll(() => rmSync(outdir, { recursive: true }));

function appIn(name: string, environment: EnvironmentProps = {}): PlatformApp {
  return new PlatformApp({ environment: { ...environment, name }, outdir });
}

function configMap(chart: Chart, id: string, name = id) {
  return new ApiObject(chart, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
}

function thrownBy(action: () => void): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('PlatformApp', () => {
  it('writes a file for each chart, below its environment', () => {
    const app = appIn('fine');
    configMap(new Chart(app, 'one', { namespace: 'a' }), 'x');
    configMap(new Chart(app, 'two', { namespace: 'b' }), 'y');
    app.synth();
    expect(readdirSync(join(outdir, 'fine')).sort()).toEqual(['one.yaml', 'two.yaml']);
    expect(readFileSync(join(outdir, 'fine', 'one.yaml'), 'utf8')).toBe(
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: a\n',
    );
  });

  it('writes below $CDK8S_OUTDIR where it is not told, and below dist otherwise', () => {
    const before = process.env.CDK8S_OUTDIR;
    try {
      process.env.CDK8S_OUTDIR = '/somewhere';
      expect(new PlatformApp({ environment: { name: 'dev' } }).outdir).toBe('/somewhere/dev');
      delete process.env.CDK8S_OUTDIR;
      expect(new PlatformApp({ environment: { name: 'dev' } }).outdir).toBe('dist/dev');
    } finally {
      if (before === undefined) delete process.env.CDK8S_OUTDIR;
      else process.env.CDK8S_OUTDIR = before;
    }
  });

  it('names all problems of all constructs at once, and writes nothing', () => {
    const app = appIn('bad');
    const one = new Chart(app, 'one', { namespace: 'a' });
    const two = new Chart(app, 'two', { namespace: 'b' });
    reportFindings(one, [
      { code: 'x/one', message: 'first' },
      { code: 'x/two', message: 'second' },
    ]);
    reportFindings(configMap(two, 'map'), [{ code: 'x/three', message: 'third' }]);
    const error = thrownBy(() => app.synth());
    expect(error).toBeInstanceOf(ValidationError);
    expect(error.message).toBe(`bad/one: 2 problems
  [x/one] first
  [x/two] second
bad/two/map: 1 problem
  [x/three] third`);
    expect(existsSync(join(outdir, 'bad'))).toBe(false);
  });
});

describe('validateApp', () => {
  function duplicates(name: string, environment?: EnvironmentProps) {
    const app = appIn(name, environment);
    const chart = new Chart(app, 'stack', { namespace: 'a' });
    configMap(chart, 'one', 'same');
    configMap(chart, 'two', 'same');
    return { app, chart };
  }

  it('looks at the objects as a whole', () => {
    const { app } = duplicates('lint');
    expect(validateApp(app).map(({ code, path }) => `${path} ${code}`)).toEqual([
      'lint/stack/two core/duplicate',
    ]);
    expect(() => app.synth()).toThrow(ValidationError);
  });

  it('does not when constructs report problems: the rest may only follow from them', () => {
    const { app, chart } = duplicates('both');
    reportFindings(chart, [{ code: 'x/one', message: 'first' }]);
    expect(validateApp(app)).toEqual([{ code: 'x/one', path: 'both/stack', message: 'first' }]);
  });

  function podWith(environment: EnvironmentProps, spec: object) {
    const app = appIn('refs', environment);
    const chart = new Chart(app, 'stack', { namespace: 'a' });
    new ApiObject(chart, 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    });
    return validateApp(app).map(({ code }) => code);
  }

  it('knows the pull Secret and what else exists', () => {
    const spec = { volumes: [{ name: 'v', secret: { secretName: 'harbor' } }] };
    expect(podWith({}, spec)).toEqual(['core/reference']);
    expect(podWith({ images: { pullSecret: 'harbor' } }, spec)).toEqual([]);
    expect(podWith({ existing: [{ kind: 'Secret', name: 'harbor' }] }, spec)).toEqual([]);
    expect(podWith({ existing: [{ kind: 'Secret', namespace: 'other', name: 'harbor' }] }, spec)).toEqual([
      'core/reference',
    ]);
  });

  it('knows the StorageClasses of the environment', () => {
    const claim = (environment: EnvironmentProps) => {
      const app = appIn('classes', environment);
      const chart = new Chart(app, 'stack', { namespace: 'a' });
      new ApiObject(chart, 'claim', {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'c' },
        spec: { storageClassName: 'gone' },
      });
      return validateApp(app).map(({ code }) => code);
    };
    expect(claim({ storage: { standard: 'essd' } })).toEqual(['core/reference']);
    expect(claim({ storage: { standard: 'essd', cold: 'gone' } })).toEqual([]);
    expect(claim({})).toEqual([]);
  });
});
