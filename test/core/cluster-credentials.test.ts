import { describe, expect, it } from 'vitest';
import { Credentials } from '../../lib';
import { ClusterCredentials } from '../../lib/core/cluster-credentials';
import { chartIn, podOf, rendered, reported } from '../support/rendering';

function credentialsIn(environment = {}) {
  const chart = chartIn(environment);
  const credentials = new ClusterCredentials(chart, {
    system: 'etcd',
    name: 'registry',
    nodeImage: 'node:22',
  });
  return { chart, credentials, objects: () => rendered(chart) };
}

describe('bind', () => {
  it('makes nothing of what exists', () => {
    const { credentials, objects } = credentialsIn();
    expect(credentials.bind(Credentials.existing('mine'), 'token', 'token').secretName).toBe('mine');
    expect(objects()).toEqual([]);
  });

  it('has all that is generated made up by one Job', () => {
    const { credentials, objects } = credentialsIn();
    expect(credentials.bind(Credentials.generated(), 'token', 'token').secretName).toBe('registry-token');
    credentials.user(Credentials.generated(), 'Orders');
    const jobs = objects().filter(({ kind }) => kind === 'Job');
    expect(jobs).toHaveLength(1);
    const [{ image, env }] = podOf(jobs[0]).spec.containers;
    expect(image).toBe('node:22');
    expect(JSON.parse(env[0].value)).toEqual([
      { name: 'registry-token', username: 'token' },
      { name: expect.stringMatching(/^registry-user-orders-[0-9a-f]{5}$/), username: 'Orders' },
    ]);
  });

  it('leaves it to the caller what becomes of what is generated', () => {
    const { credentials, objects } = credentialsIn();
    const taken: string[] = [];
    credentials.bind(Credentials.generated(), 'root', 'root', ({ name }) => taken.push(name));
    expect(taken).toEqual(['registry-root']);
    expect(objects()).toEqual([]);
  });
});

describe('user', () => {
  it('has a Secret of its own, fetched where there is a store', () => {
    const { credentials, chart, objects } = credentialsIn({ secretStore: { name: 'vault' } });
    expect(credentials.user(Credentials.external('orders'), 'orders').secretName).toBe(
      'registry-user-orders',
    );
    expect(objects().map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['ExternalSecret', 'registry-user-orders'],
    ]);
    expect(reported(chart)).toEqual([]);
  });

  it('is reported where there is none', () => {
    const { credentials, chart } = credentialsIn();
    credentials.user(Credentials.external('orders'), 'orders');
    expect(reported(chart)).toEqual([
      '[core/credentials] user "orders": Credentials.external needs a store and the environment "test" has no secretStore; set it, or use Credentials.existing or Credentials.generated',
    ]);
  });
});
