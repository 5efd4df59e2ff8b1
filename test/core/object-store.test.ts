import { describe, expect, it } from 'vitest';
import { Credentials, Environment, ObjectStore, type S3Props } from '../../lib';
import { chartIn } from '../support/rendering';

const credentials = Credentials.existing('s3');
const store = (props: Partial<S3Props> = {}) => ObjectStore.s3({ bucket: 'backups', credentials, ...props });

it.each([
  [undefined, 443],
  ['https://s3.example.com', 443],
  ['http://s3.example.com', 80],
  ['http://minio.example.com:9000/x', 9000],
])('ObjectStore.port of %s is %i', (endpoint, port) => {
  expect(store({ endpoint }).port).toBe(port);
});

it.each<[Partial<S3Props>, string | undefined, string]>([
  [{}, 'prod/data/zk', 'backups/prod/data/zk'],
  [{}, undefined, 'backups'],
  [{ prefix: 'a/b' }, 'prod/data/zk', 'backups/a/b'],
  [{ prefix: '' }, 'prod/data/zk', 'backups'],
])('ObjectStore.directory of %j and %s is %s', (props, own, directory) => {
  expect(store(props).directory(own)).toBe(directory);
});

describe('ObjectStore.environment', () => {
  const environment = (props?: Partial<S3Props>) =>
    store(props).environment({ secretName: 's3', usernameKey: 'id', passwordKey: 'key' });

  it('defines a remote on AWS, with keys by reference', () => {
    expect(environment()).toEqual([
      { name: 'RCLONE_CONFIG_STORE_TYPE', value: 's3' },
      { name: 'RCLONE_CONFIG_STORE_PROVIDER', value: 'AWS' },
      { name: 'RCLONE_CONFIG_STORE_REGION', value: 'us-east-1' },
      { name: 'RCLONE_CONFIG_STORE_ACCESS_KEY_ID', valueFrom: { secretKeyRef: { name: 's3', key: 'id' } } },
      {
        name: 'RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY',
        valueFrom: { secretKeyRef: { name: 's3', key: 'key' } },
      },
      { name: 'RCLONE_S3_NO_CHECK_BUCKET', value: 'true' },
    ]);
  });

  it('defines one elsewhere', () => {
    const variable = (props: Partial<S3Props>, name: string) =>
      environment(props).find((one) => one.name === `RCLONE_CONFIG_STORE_${name}`)?.value;
    const elsewhere = { endpoint: 'https://s3.example.com' };
    expect(variable(elsewhere, 'ENDPOINT')).toBe('https://s3.example.com');
    expect(variable(elsewhere, 'PROVIDER')).toBe('Other');
    expect(variable({ ...elsewhere, provider: 'Alibaba' }, 'PROVIDER')).toBe('Alibaba');
    expect(variable({ region: 'eu-1' }, 'REGION')).toBe('eu-1');
  });
});

describe('ObjectStore.check', () => {
  const check = (props: Partial<S3Props>) =>
    store(props).check('backup.to', Environment.attach(chartIn(), { name: 'dev' }));

  it('has nothing to say of a store that can work', () => {
    expect(check({})).toEqual([]);
    expect(check({ endpoint: 'http://minio:9000' })).toEqual([]);
  });

  it.each(['minio:9000', 's3.example.com', 'https://', 'ftp://x'])('refuses the endpoint %s', (endpoint) => {
    expect(check({ endpoint })).toEqual([
      {
        code: 'core/object-store',
        message: `backup.to: endpoint "${endpoint}" is not a URL; write it with its scheme, such as https://minio.example.com:9000`,
      },
    ]);
    expect(store({ endpoint }).port).toBeTypeOf('number');
  });

  it('refuses keys that nobody has told the store', () => {
    expect(check({ credentials: Credentials.generated() })).toEqual([
      {
        code: 'core/object-store',
        message:
          'backup.to: Credentials.generated makes up a key that the store does not know; use Credentials.existing or Credentials.external',
      },
    ]);
  });

  it('passes on what is wrong with the credentials', () => {
    expect(check({ credentials: Credentials.external('x') })[0].code).toBe('core/credentials');
  });
});
