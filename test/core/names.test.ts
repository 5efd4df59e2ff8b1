import { describe, expect, it } from 'vitest';
import {
  checkClusterName,
  isDnsLabel,
  MAX_CLUSTER_NAME,
  objectLabels,
  selectorLabels,
  serviceHost,
} from '../../lib/core/names';

it('calls a Service by its full name', () => {
  const place = { namespace: 'data', clusterDomain: 'cluster.local' };
  expect(serviceHost(place, 'zk-headless')).toBe('zk-headless.data.svc.cluster.local');
});

describe('labels', () => {
  it('keeps the selecting labels as they have always been: they are immutable in running clusters', () => {
    expect(selectorLabels('zk', 'server')).toEqual({
      'cdk8s-stateful/cluster': 'zk',
      'cdk8s-stateful/component': 'server',
    });
  });

  it('labels objects with the selecting labels and the recommended ones, without any version', () => {
    expect(objectLabels('zookeeper', 'zk', 'server')).toEqual({
      'cdk8s-stateful/cluster': 'zk',
      'cdk8s-stateful/component': 'server',
      'app.kubernetes.io/name': 'zookeeper',
      'app.kubernetes.io/component': 'server',
      'app.kubernetes.io/managed-by': 'cdk8s-stateful',
    });
  });
});

describe('checkClusterName', () => {
  it.each(['z', 'zk', 'zk-1', 'a'.repeat(MAX_CLUSTER_NAME)])('accepts %s', (name) => {
    expect(checkClusterName(name)).toEqual([]);
  });

  it.each(['', 'ZK', '1zk', 'zk-', '-zk', 'zk.a', 'zk_a', 'zk\n', 'zoo keeper'])('refuses %j', (name) => {
    expect(checkClusterName(name)).toEqual([
      {
        code: 'core/name',
        message: `name "${name}" is not a DNS label; use lower-case letters, digits and "-", starting with a letter`,
      },
    ]);
  });

  it('refuses a name that leaves no room for suffixes', () => {
    const name = 'a'.repeat(41);
    expect(checkClusterName(name)).toEqual([
      {
        code: 'core/name',
        message: `name "${name}" has 41 characters, at most 40 leave room for the suffixes of its pods, Services and claims; choose a shorter name`,
      },
    ]);
  });

  it('knows the length of a DNS label', () => {
    expect(isDnsLabel('a'.repeat(63))).toBe(true);
    expect(isDnsLabel('a'.repeat(64))).toBe(false);
  });
});
