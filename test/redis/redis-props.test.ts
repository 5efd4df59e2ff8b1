import { describe, expect, it } from 'vitest';
import { declaredProps, everything, type PropsInterface, propsOf } from '../support/every-prop';
import { podOf, type Rendered } from '../support/rendering';
import { everyProp, type Restarts, SILENT } from './every-prop';
import { cluster, replication, standalone } from './rendering';

const PROPS = 'redis/redis-props.ts';

/** Interfaces whose props end up in a deployment, with their files. */
const INTERFACES: readonly PropsInterface[] = [
  ['RedisStandaloneProps', PROPS],
  ['RedisReplicationProps', PROPS],
  ['RedisClusterProps', PROPS],
  ['RedisSentinels', PROPS],
  ['RedisShards', PROPS],
  ['RedisSavePoint', PROPS],
  ['RedisTls', PROPS, 'core/certificates.ts'],
  ['RedisOwnCredentials', PROPS],
  ['RedisExporter', PROPS],
  ['RedisConfiguration', PROPS],
  ['RedisUser', 'redis/redis-rights.ts'],
  ['RedisRights', 'redis/redis-rights.ts'],
  ['RedisBackup', 'redis/redis-backup-props.ts', 'core/backup-options.ts'],
  ['RedisRestore', 'redis/redis-backup-props.ts'],
  ['ClaimOptions', 'core/storage.ts'],
  ['IssuerReference', 'core/environment.ts'],
  ['PlacementProps', 'core/placement.ts'],
  ['S3Props', 'core/object-store.ts'],
];

const all = [...everyProp.standalone, ...everyProp.replication, ...everyProp.cluster];

function look({ problems, objects }: { problems: string[]; objects: () => Rendered[] }) {
  const made = objects();
  const sets = made.filter(({ kind }) => kind === 'StatefulSet');
  const of = (component: string) =>
    sets.find(({ metadata }) => metadata.labels['cdk8s-stateful/component'] === component);
  const pod = (set: Rendered | undefined) => set && JSON.stringify(podOf(set));
  return {
    problems,
    text: JSON.stringify(made),
    server: pod(of('server')),
    sentinel: pod(of('sentinel')),
  };
}

function whoRestarts(a: ReturnType<typeof look>, b: ReturnType<typeof look>): Restarts {
  const [servers, sentinels] = [a.server !== b.server, a.sentinel !== b.sentinel];
  if (servers) return sentinels ? 'all' : 'servers';
  return sentinels ? 'sentinels' : 'nobody';
}

describe('the table of props', () => {
  it.each(INTERFACES)('holds every prop of %s', (name, ...files) => {
    const declared = declaredProps(name, ...files).filter((prop) => !SILENT.has(prop));
    expect(declared.length).toBeGreaterThan(1);
    expect(propsOf(all, name).sort()).toEqual(declared.sort());
  });
});

describe('every prop', () => {
  it.each(everyProp.standalone)(
    'of a single server: $interface, $prop leaves a trace; restarts: $restarts',
    ({ with: set, without, restarts }) => {
      const [a, b] = [look(standalone(set, everything)), look(standalone(without, everything))];
      expect(a.problems).toEqual([]);
      expect(a.text).not.toBe(b.text);
      expect(whoRestarts(a, b)).toBe(restarts);
    },
  );

  it.each(everyProp.replication)(
    'of a replication: $interface, $prop leaves a trace; restarts: $restarts',
    ({ with: set, without, restarts }) => {
      const [a, b] = [look(replication(set, everything)), look(replication(without, everything))];
      expect(a.problems).toEqual([]);
      expect(a.text).not.toBe(b.text);
      expect(whoRestarts(a, b)).toBe(restarts);
    },
  );

  it.each(everyProp.cluster)(
    'of a Redis Cluster: $interface, $prop leaves a trace; restarts: $restarts',
    ({ with: set, without, restarts }) => {
      const [a, b] = [look(cluster(set, everything)), look(cluster(without, everything))];
      expect(a.problems).toEqual([]);
      expect(a.text).not.toBe(b.text);
      expect(whoRestarts(a, b)).toBe(restarts);
    },
  );
});
