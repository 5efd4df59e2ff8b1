import { App, Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { Environment, type EnvironmentProps, Storage, type StorageInput } from '../../lib';
import {
  dataKeeper,
  hasGrown,
  keepAnnotations,
  keepsData,
  renderStorage,
  resolveStorage,
} from '../../lib/core/storage';

const GI = Size.gibibytes;

function resolve(input: StorageInput, environment: EnvironmentProps = {}) {
  return resolveStorage('data', input, Environment.attach(new App(), { name: 'test', ...environment }));
}

describe('resolveStorage', () => {
  it('takes a size for a claim of the standard role', () => {
    const { volume, findings } = resolve(GI(20), { storage: { standard: 'essd' } });
    expect(volume).toEqual({ kind: 'claim', size: GI(20), initialSize: GI(20), storageClass: 'essd' });
    expect(findings).toEqual([]);
  });

  it("leaves the class to the cluster's default where the environment names none", () => {
    expect(resolve(GI(20)).volume).toMatchObject({ storageClass: undefined });
    expect(resolve(GI(20)).findings).toEqual([]);
  });

  it('resolves a role, and a class by name goes before it', () => {
    const storage = { standard: 'essd', fast: 'pl2' };
    expect(resolve({ size: GI(1), role: 'fast' }, { storage }).volume).toMatchObject({ storageClass: 'pl2' });
    expect(resolve({ size: GI(1), role: 'fast', storageClass: 'mine' }, { storage }).volume).toMatchObject({
      storageClass: 'mine',
    });
    expect(resolve({ size: GI(1), role: 'nowhere', storageClass: 'mine' }).findings).toEqual([]);
  });

  it.each<[EnvironmentProps, string]>([
    [{ storage: { standard: 'essd', cold: 'hdd' } }, 'cold, standard'],
    [{}, 'none'],
  ])('refuses a role that the environment does not have: %o', (environment, known) => {
    expect(resolve({ size: GI(1), role: 'fast' }, environment).findings).toEqual([
      {
        code: 'core/storage',
        message:
          `volume data: the environment "test" has no storage role "fast" (it has: ${known}); ` +
          'add the role to its storage, use another role or name a storageClass',
      },
    ]);
  });

  it('refuses to shrink', () => {
    expect(resolve({ size: GI(10), initialSize: GI(20) }).findings).toEqual([
      {
        code: 'core/storage',
        message:
          'volume data: size 10Gi is smaller than the 20Gi that its founders were created with, and a volume cannot ' +
          'shrink; set size to at least 20Gi',
      },
    ]);
  });

  it('refuses a volume without any room', () => {
    expect(resolve(GI(0)).findings).toEqual([
      {
        code: 'core/storage',
        message: 'volume data: size 0 holds nothing; give a size such as Size.gibibytes(20)',
      },
    ]);
  });

  it('refuses an emptyDir in production only', () => {
    expect(resolve(Storage.emptyDir(), { durability: 'development' }).findings).toEqual([]);
    expect(resolve(Storage.emptyDir()).findings).toEqual([
      {
        code: 'core/storage',
        message:
          'volume data: an emptyDir loses its data with the pod; claim a volume (a size, or { size, role }), or give the ' +
          "environment durability: 'development'",
      },
    ]);
  });

  it('takes an emptyDir in production where data may be lost', () => {
    const environment = Environment.attach(new App(), {});
    expect(resolveStorage('data', Storage.emptyDir(), environment, { mayLoseData: true }).findings).toEqual(
      [],
    );
  });

  it.each([Storage.nfs('nfs.local', '/x'), Storage.existingClaim('shared')])('takes %o as it is', (input) => {
    expect(resolve(input)).toEqual({ volume: input, findings: [] });
  });
});

describe('renderStorage', () => {
  const render = (input: StorageInput, environment?: EnvironmentProps) =>
    renderStorage('data', resolve(input, environment).volume, { a: 'b' });

  it('makes a claim template of the initial size', () => {
    expect(render({ size: GI(30), initialSize: GI(20) }, { storage: { standard: 'essd' } })).toEqual({
      template: {
        metadata: { name: 'data', labels: { a: 'b' } },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'essd',
          resources: { requests: { storage: k8s.Quantity.fromString('20Gi') } },
        },
      },
    });
  });

  it('makes an emptyDir with its limits', () => {
    const volume = {
      name: 'data',
      emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('1Gi') },
    };
    expect(render(Storage.emptyDir({ medium: 'Memory', sizeLimit: GI(1) }))).toEqual({ volume });
    expect(render(Storage.emptyDir())).toEqual({ volume: { name: 'data', emptyDir: {} } });
  });

  it('gives each member a directory of its own in a shared volume', () => {
    expect(render(Storage.nfs('nfs.local', '/x'))).toEqual({
      volume: { name: 'data', nfs: { server: 'nfs.local', path: '/x' } },
      subPathExpr: '$(POD_NAME)',
    });
    expect(render(Storage.existingClaim('shared'))).toEqual({
      volume: { name: 'data', persistentVolumeClaim: { claimName: 'shared' } },
      subPathExpr: '$(POD_NAME)',
    });
  });
});

describe('what keeps data', () => {
  const claim = resolve(GI(1)).volume;
  const [scratch, share] = [Storage.emptyDir(), Storage.nfs('nfs.local', '/x')];

  it.each([
    [[claim, claim], 'claims', true],
    [[share], 'shared', true],
    [[claim, share], 'shared', true],
    [[claim, scratch], 'scratch', false],
    [[scratch, share], 'scratch', false],
  ] as const)('%j: %s', (volumes, keeper, keeps) => {
    expect(dataKeeper(volumes)).toBe(keeper);
    expect(keepsData(volumes)).toBe(keeps);
  });
});

it('knows when claims have outgrown their template', () => {
  expect(hasGrown(resolve({ size: GI(30), initialSize: GI(20) }).volume)).toBe(true);
  expect(hasGrown(resolve({ size: GI(1), initialSize: Size.mebibytes(1024) }).volume)).toBe(false);
  expect(hasGrown(resolve(GI(20)).volume)).toBe(false);
  expect(hasGrown(Storage.emptyDir())).toBe(false);
});

it.each([
  ['argo-cd', { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' }],
  ['flux', { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }],
  [
    undefined,
    {
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    },
  ],
] as const)('keeps %s from deleting data', (gitops, annotations) => {
  expect(keepAnnotations(Environment.attach(new App(), { gitops }))).toEqual(annotations);
});
