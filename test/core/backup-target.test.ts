import { describe, expect, it } from 'vitest';
import { Credentials, Environment, ObjectStore, type S3Props, Storage } from '../../lib';
import { backupDirectory, backupSource, backupTarget, checkBackupPlace } from '../../lib/core/backup-target';
import { chartIn } from '../support/rendering';

const keys = { secretName: 's3', usernameKey: 'id', passwordKey: 'key' };
const store = (props: Partial<S3Props> = {}) =>
  ObjectStore.s3({ bucket: 'backups', credentials: Credentials.existing('s3'), ...props });
const claim = Storage.existingClaim('backups');
const share = Storage.nfs('nfs.example.com', '/exports/backups');
const OWN = 'prod/data/etcd';

it('backupDirectory is that of an environment, a namespace and a cluster', () => {
  const environment = Environment.attach(chartIn(), { name: 'prod' });
  expect(backupDirectory({ name: 'etcd', namespace: 'data' }, environment)).toBe(OWN);
});

describe('backupTarget', () => {
  it.each([
    ['a store', store(), `store:backups/${OWN}`],
    ['a directory of a store', store({ prefix: 'a/b' }), 'store:backups/a/b'],
    ['the top of a store', store({ prefix: '' }), 'store:backups'],
    ['a volume', claim, `/target/${OWN}`],
  ])('of %s is %#', (_, place, path) => {
    expect(backupTarget(place, OWN, keys).path).toBe(path);
  });

  it('of a store has its keys and its port, and no volume', () => {
    const target = backupTarget(store({ endpoint: 'http://minio:9000' }), OWN, keys);
    expect(target).toMatchObject({ volumes: [], mounts: [], ports: [9000] });
    expect(target.env).toEqual(store({ endpoint: 'http://minio:9000' }).environment(keys));
  });

  it.each([
    [claim, { persistentVolumeClaim: { claimName: 'backups' } }],
    [share, { nfs: { server: 'nfs.example.com', path: '/exports/backups' } }],
  ])('of a volume mounts it, and needs neither keys nor a way out: %j', (place, volume) => {
    expect(backupTarget(place, OWN, undefined)).toEqual({
      path: `/target/${OWN}`,
      env: [],
      volumes: [{ name: 'target', ...volume }],
      mounts: [{ name: 'target', mountPath: '/target' }],
      ports: [],
    });
  });
});

describe('backupSource', () => {
  it.each([
    ['its own', store(), 'x.db', `store:backups/${OWN}/x.db`],
    ['its own in a directory that was chosen', store({ prefix: 'a' }), 'x.db', 'store:backups/a/x.db'],
    ['that of another cluster', store(), 'dev/other/x.db', 'store:backups/dev/other/x.db'],
    ['that of another in a directory', store({ prefix: 'a' }), 'other/x.db', 'store:backups/a/other/x.db'],
    ['its own in a volume', claim, 'x.db', `/target/${OWN}/x.db`],
    ['that of another in a volume', claim, 'dev/other/x.db', '/target/dev/other/x.db'],
  ])('of %s', (_, place, backup, path) => {
    expect(backupSource(place, OWN, backup, keys).path).toBe(path);
  });

  it('is only read', () => {
    expect(backupSource(claim, OWN, 'x.db', undefined).mounts).toEqual([
      { name: 'target', mountPath: '/target', readOnly: true },
    ]);
  });
});

describe('checkBackupPlace', () => {
  const check = (place: Parameters<typeof checkBackupPlace>[1]) =>
    checkBackupPlace('backup.to', place, Environment.attach(chartIn(), { name: 'dev' }));

  it('has nothing to say of places that outlive a pod', () => {
    for (const place of [store(), claim, share]) expect(check(place)).toEqual([]);
  });

  it('refuses one that does not', () => {
    expect(check(Storage.emptyDir())).toEqual([
      {
        code: 'core/backup-place',
        message:
          'backup.to: an emptyDir is gone with the pod that wrote to it; use ObjectStore.s3, Storage.existingClaim or Storage.nfs',
      },
    ]);
  });

  it('passes on what is wrong with a store', () => {
    expect(check(store({ endpoint: 'minio' }))[0].code).toBe('core/object-store');
  });
});
