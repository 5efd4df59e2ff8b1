import { Chart, Duration, Size } from 'cdk8s';
import { type ContainerPort, Deployment, Namespace } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { Credentials } from '../../../lib';
import { Twemproxy } from '../../../lib/redis/twemproxy';
import type { TwemproxyProps } from '../../../lib/redis/twemproxy-props';
import { agentRules, CLIENT_RULES } from '../../../lib/redis/twemproxy-rights';
import { everything } from '../../support/every-prop';
import { interfaceProperties } from '../../support/interface-properties';
import { schemaProblems } from '../../support/kubernetes-schema';
import { DNS, tcp } from '../../support/network';
import { restrictedProblems } from '../../support/pod-security';
import { find, namesOf, podOf, type Rendered, reported } from '../../support/rendering';
import { redisIn, settingsIn, twemproxy, usersOf, variable } from './rendering';

const HOST = (pod: string, redis: string) => `${pod}.${redis}-headless.data.svc.cluster.local`;
const own = ({ metadata }: { metadata: { name: string } }) => metadata.name.startsWith('proxy');
const labels = (component: string) => ({
  'cdk8s-stateful/cluster': 'proxy',
  'cdk8s-stateful/component': component,
});
const pods = (matchLabels: object) => ({ podSelector: { matchLabels } });
const servers = (redis: string) =>
  pods({ 'cdk8s-stateful/cluster': redis, 'cdk8s-stateful/component': 'server' });

describe('Twemproxy', () => {
  it('is these objects, as Kubernetes takes them, in closed pods', () => {
    const { objects, problems } = twemproxy({}, { monitoring: 'prometheus-operator' });
    const made = objects().filter(own);
    expect(namesOf(made)).toEqual([
      'ConfigMap proxy-program',
      'ConfigMap proxy-secrets',
      'Deployment proxy',
      'Job proxy-reshard-<hash>',
      'Job proxy-secrets-<hash>',
      'NetworkPolicy proxy',
      'NetworkPolicy proxy-reshard',
      'NetworkPolicy proxy-secrets',
      'PodDisruptionBudget proxy',
      'PodMonitor proxy',
      'PrometheusRule proxy',
      'Role proxy-reshard',
      'Role proxy-secrets',
      'RoleBinding proxy-reshard',
      'RoleBinding proxy-secrets',
      'Service proxy',
      'ServiceAccount proxy-reshard',
      'ServiceAccount proxy-secrets',
    ]);
    expect(made.flatMap(schemaProblems)).toEqual([]);
    expect(made.flatMap(restrictedProblems)).toEqual([]);
    expect(problems()).toEqual([]);
    const { spec } = podOf(find(made, 'Deployment', 'proxy'));
    expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    for (const { securityContext } of [...spec.initContainers, ...spec.containers])
      expect(securityContext.readOnlyRootFilesystem).toBe(true);
  });

  it('names shards, so that keys follow names, and has no password in its manifests', () => {
    const { find: one, objects } = twemproxy();
    expect(variable(one('Deployment', 'proxy'), 'configure', 'POOL')).toBe(
      [
        'proxy:',
        '  listen: 0.0.0.0:6379',
        '  hash: md5',
        '  distribution: ketama',
        '  redis: true',
        '  tcpkeepalive: true',
        '  timeout: 2000',
        '  server_connections: 1',
        '  auto_eject_hosts: false',
        '  servers:',
        '   - redis-a.data.svc.cluster.local:6379:1 a',
        '   - redis-b.data.svc.cluster.local:6379:1 b',
        '',
      ].join('\n'),
    );
    const texts = JSON.stringify(
      objects().filter(({ kind, ...object }) => own(object) && kind !== 'ConfigMap'),
    );
    expect(texts).not.toContain('redis_auth');
    const address = (host: string) => ({ host, port: 6379 });
    expect(settingsIn(objects())).toEqual({
      name: 'proxy',
      namespace: 'data',
      use: 'store',
      layout: { shards: ['a', 'b'], hash: 'md5' },
      shards: ['a', 'b'].map((name) => ({
        name,
        master: address(`redis-${name}.data.svc.cluster.local`),
        servers: [0, 1, 2].map((i) => address(HOST(`redis-${name}-${i}`, `redis-${name}`))),
      })),
      leaving: [],
      user: 'proxy-agent',
      serverConnections: 1,
      timeoutMs: 2000,
      selector: labels('proxy'),
    });
  });

  it('gives the password to programs, and to the proxy in a file in memory', () => {
    const { spec } = podOf(twemproxy().find('Deployment', 'proxy'));
    const mounts = (name: string) =>
      [...spec.initContainers, ...spec.containers]
        .find((one: { name: string }) => one.name === name)
        .volumeMounts.map((mount: { name: string; readOnly?: boolean }) => [
          mount.name,
          mount.readOnly === true,
        ]);
    expect(mounts('configure')).toEqual([
      ['program', true],
      ['password', true],
      ['agent', true],
      ['run', false],
    ]);
    expect(mounts('proxy')).toEqual([
      ['run', true],
      ['tmp', false],
    ]);
    expect(mounts('agent')).toEqual([
      ['program', true],
      ['password', true],
      ['agent', true],
      ['run', true],
    ]);
    expect(spec.volumes).toEqual([
      { name: 'program', configMap: { name: 'proxy-program' } },
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      { name: 'tmp', emptyDir: { sizeLimit: '1Mi' } },
      ...['password', 'agent'].map((name) => ({
        name,
        secret: {
          secretName: `proxy-${name}`,
          items: [{ key: 'password', path: 'password' }],
          defaultMode: 0o440,
        },
      })),
    ]);
  });

  it('starts the proxy where signals reach it, and lets Services forget it first', () => {
    const { spec } = podOf(twemproxy().find('Deployment', 'proxy'));
    expect(spec.terminationGracePeriodSeconds).toBe(15);
    expect(spec.containers[0]).toMatchObject({
      image: 'ghcr.io/twitter/twemproxy:0.5.0',
      command: [
        '/usr/bin/tini',
        '--',
        'nutcracker',
        '--conf-file=/run/twemproxy/nutcracker.yml',
        '--stats-addr=127.0.0.1',
        '--stats-port=22222',
        '--stats-interval=10000',
        '--mbuf-size=16384',
        '--output=/dev/stderr',
        '--pid-file=/tmp/nutcracker.pid',
      ],
      lifecycle: { preStop: { exec: { command: ['sleep', '10'] } } },
      resources: { requests: { cpu: '100m', memory: '95Mi' }, limits: { memory: '95Mi' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 9151 } },
      livenessProbe: { tcpSocket: { port: 'redis' } },
    });
    expect(spec.securityContext.runAsUser).toBe(65534);
  });

  it('brings new proxies before old ones go, spread but not at all costs', () => {
    const { spec } = twemproxy({}, { zones: ['h', 'i', 'j'] }).find('Deployment', 'proxy');
    expect(spec).toMatchObject({
      replicas: 2,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: labels('proxy') },
    });
    const { affinity, topologySpreadConstraints } = spec.template.spec;
    expect(affinity.podAntiAffinity).toHaveProperty('preferredDuringSchedulingIgnoredDuringExecution');
    expect(topologySpreadConstraints[0].topologyKey).toBe('topology.kubernetes.io/zone');
  });

  it('marks pods with their layout, whatever the order of shards, and selects by other labels', () => {
    const layout = (props: Partial<TwemproxyProps> = {}, swapped = false) => {
      const { find: one } = twemproxy((chart) => {
        const [x, y] = [redisIn(chart, 'redis-x'), redisIn(chart, 'redis-y')];
        return { shards: swapped ? { y, x } : { x, y }, ...props };
      });
      return podOf(one('Deployment', 'proxy')).metadata.labels['cdk8s-stateful/layout'];
    };
    expect(layout()).toMatch(/^[0-9a-f]{10}$/);
    expect(layout({}, true)).toBe(layout());
    expect(layout({ hashTag: '{}' })).not.toBe(layout());
    expect(layout({ hash: 'fnv1a_64' })).not.toBe(layout());
    expect(layout({ timeout: Duration.seconds(9) })).toBe(layout());
  });

  it('reaches shards and names, and nobody but monitoring reaches it', () => {
    const { objects } = twemproxy({}, { monitoring: 'prometheus-operator' });
    const shards = { to: [servers('redis-a'), servers('redis-b')], ports: tcp(6379) };
    expect(find(objects(), 'NetworkPolicy', 'proxy').spec).toEqual({
      podSelector: { matchLabels: labels('proxy') },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ namespaceSelector: {} }], ports: tcp(9151) }],
      egress: [shards, DNS],
    });
    expect(find(objects(), 'NetworkPolicy', 'proxy-reshard').spec).toEqual({
      podSelector: { matchLabels: labels('reshard') },
      policyTypes: ['Ingress', 'Egress'],
      egress: [shards, { ports: tcp(443, 6443) }, DNS],
    });
    for (const redis of ['redis-a', 'redis-b']) {
      const doors = objects().filter(({ metadata }) => metadata.name.startsWith(`${redis}-allow-`));
      expect(
        doors.map(({ spec }) => [spec.ingress[0].from[0].podSelector.matchLabels, spec.ingress[0].ports]),
      ).toEqual([
        [labels('proxy'), tcp(6379)],
        [labels('reshard'), tcp(6379)],
      ]);
    }
  });

  it('is a user of its shards, and its programs are another', () => {
    const { objects, problems } = twemproxy();
    const users = usersOf(objects(), 'redis-a');
    expect([...users.keys()]).toEqual(['default', 'proxy-agent']);
    expect(users.get('default')).toBe(`~* resetchannels ${CLIENT_RULES.join(' ')}`);
    expect(users.get('default')).not.toMatch(/\+(@all|flushall|config|keys|scan|restore|client|acl)( |$)/);
    const agent = users.get('proxy-agent') ?? '';
    expect(agent.startsWith('~* resetchannels &__redis__:invalidate ')).toBe(true);
    expect(agent.endsWith(agentRules('store').join(' '))).toBe(true);
    expect(agent).not.toMatch(/\+(flushall|config|acl|keys)( |$)/);
    const { volumes } = podOf(find(objects(), 'Deployment', 'redis-a-steward')).spec;
    const { sources } = volumes.find(({ name }: { name: string }) => name === 'users').projected;
    expect(sources.filter(({ secret }: { secret: { optional?: boolean } }) => !secret.optional)).toEqual([
      { secret: { name: 'proxy-password', items: [{ key: 'password', path: 'default/password' }] } },
      { secret: { name: 'proxy-agent', items: [{ key: 'password', path: 'proxy-agent/password' }] } },
    ]);
    expect(problems()).toEqual([]);
  });

  it('has a Job for a store that may end proxies, and no other rights', () => {
    const { objects } = twemproxy();
    expect(find(objects(), 'Role', 'proxy-reshard').rules).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['list', 'delete'] },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: ['proxy-reshard'],
        verbs: ['get', 'update'],
      },
    ]);
    const job = objects().filter(
      ({ kind, metadata }) => kind === 'Job' && metadata.name.startsWith('proxy-reshard'),
    );
    expect(job).toHaveLength(1);
    expect(podOf(job[0]).spec).toMatchObject({
      serviceAccountName: 'proxy-reshard',
      automountServiceAccountToken: true,
      containers: [{ command: ['node', '/program/redis-twemproxy.js', 'reshard'] }],
    });
    expect(JSON.parse(variable(job[0], 'reshard', 'SETTINGS'))).toEqual(settingsIn(objects()));
  });

  it('has another Job for another layout', () => {
    const nameOf = (props: Partial<TwemproxyProps>) =>
      twemproxy(props)
        .objects()
        .find(({ kind, metadata }) => kind === 'Job' && metadata.name.startsWith('proxy-reshard'))?.metadata
        .name;
    expect(nameOf({})).toBe(nameOf({}));
    expect(nameOf({ hashTag: '{}' })).not.toBe(nameOf({}));
  });

  it('reaches shards that leave, too', () => {
    const { objects, problems } = twemproxy((chart) => ({ leaving: { c: redisIn(chart, 'redis-c') } }));
    const job = objects().find(({ metadata }) => metadata.name.startsWith('proxy-reshard-')) as Rendered;
    const { leaving } = JSON.parse(variable(job, 'reshard', 'SETTINGS'));
    expect(leaving.map(({ name }: { name: string }) => name)).toEqual(['c']);
    // Nor do proxies start anew once it has left.
    expect(podOf(find(objects(), 'Deployment', 'proxy'))).toEqual(
      podOf(twemproxy().find('Deployment', 'proxy')),
    );
    expect(settingsIn(objects()).layout.shards).toEqual(['a', 'b']);
    expect(find(objects(), 'NetworkPolicy', 'proxy-reshard').spec.egress[0].to).toContainEqual(
      servers('redis-c'),
    );
    expect([...usersOf(objects(), 'redis-c').keys()]).toEqual(['default', 'proxy-agent']);
    expect(problems()).toEqual([]);
  });

  it('moves nothing of a cache, and may go on without a shard', () => {
    const { objects, problems } = twemproxy(
      { use: 'cache', ejection: { failures: 3, retryAfter: Duration.seconds(5) } },
      {},
      { use: 'cache', storage: undefined },
    );
    expect(namesOf(objects()).filter((name) => name.includes('reshard'))).toEqual([]);
    const pool = variable(find(objects(), 'Deployment', 'proxy'), 'configure', 'POOL');
    expect(pool).toContain(
      '  auto_eject_hosts: true\n  server_failure_limit: 3\n  server_retry_timeout: 5000\n',
    );
    expect(usersOf(objects(), 'redis-a').get('proxy-agent')?.endsWith(agentRules('cache').join(' '))).toBe(
      true,
    );
    expect(problems()).toEqual([]);
  });

  it('keeps to amd64 where a hash depends on that', () => {
    const arch = (props: Partial<TwemproxyProps>) =>
      podOf(twemproxy(props).find('Deployment', 'proxy')).spec.nodeSelector;
    expect(arch({})).toBeUndefined();
    expect(arch({ hash: 'fnv1a_64', placement: { nodeSelector: { a: 'b' } } })).toEqual({
      'kubernetes.io/arch': 'amd64',
      a: 'b',
    });
  });

  it('alerts on shards, proxies and passwords', () => {
    const rules = twemproxy({}, { monitoring: 'prometheus-operator' }).find('PrometheusRule', 'proxy');
    expect(rules.spec.groups[0].rules.map(({ alert }: { alert: string }) => alert)).toEqual([
      'TwemproxyShardDown',
      'TwemproxyShardUnreachable',
      'TwemproxyDown',
      'TwemproxyTimeouts',
      'TwemproxyPasswordOutdated',
    ]);
  });
});

describe('two proxies before the same shards', () => {
  const second = (credentials: (name: string) => Partial<TwemproxyProps>, count = 2) => {
    const first = twemproxy();
    for (let i = 2; i <= count; i++)
      new Twemproxy(first.chart, `proxy-${i}`, { shards: first.shards, ...credentials(`proxy-${i}`) });
    return first;
  };
  const passwords = ({ objects }: ReturnType<typeof twemproxy>) =>
    podOf(find(objects(), 'Deployment', 'redis-a-steward'))
      .spec.volumes.find(({ name }: { name: string }) => name === 'users')
      .projected.sources.flatMap(({ secret }: { secret: { name: string; items: { path: string }[] } }) =>
        secret.items.map(({ path }) => [secret.name, path]),
      )
      .filter(([, path]: string[]) => path.startsWith('default/'));

  it('have a password each, both valid', () => {
    const both = second(() => ({}));
    expect(passwords(both)).toEqual([
      ['proxy-password', 'default/password'],
      ['proxy-2-password', 'default/previous-password'],
    ]);
    expect(both.problems()).toEqual([]);
  });

  it('may have one in common', () => {
    const credentials = Credentials.existing('mine');
    const chart = twemproxy({ credentials });
    new Twemproxy(chart.chart, 'proxy-2', { shards: chart.shards, credentials });
    expect(passwords(chart)).toEqual([
      ['mine', 'default/password'],
      ['mine', 'default/previous-password'],
    ]);
    expect(chart.problems()).toEqual([]);
  });

  it('are no three', () => {
    const { problems } = second(() => ({}), 3);
    expect(problems()).toContain(
      '[redis/access] proxies: they have three passwords (proxy-password, proxy-2-password, proxy-3-password), and the user default has two at most; give two proxies the same credentials',
    );
  });
});

describe('a consumer', () => {
  const consumer = (chart: Chart) =>
    new Deployment(chart, 'web', {
      containers: [{ image: 'web:1', ports: [{ number: 80 }] as ContainerPort[] }],
    });

  it('is let in, and gets an address and a password without a name', () => {
    const { chart, proxy, objects, problems } = twemproxy();
    const web = consumer(chart);
    const connection = proxy.grantAccess(web);
    expect(proxy.grantAccess(web)).toEqual(connection);
    expect(connection.mode).toBe('proxy');
    expect(connection.endpoints.map(String)).toEqual(['proxy.data.svc.cluster.local:6379']);
    expect(Object.keys(connection.env)).toEqual(['REDIS_HOST', 'REDIS_PORT', 'REDIS_PASSWORD']);
    expect(connection.env.REDIS_HOST.value).toBe('proxy.data.svc.cluster.local');
    expect(connection.env.REDIS_PASSWORD.valueFrom?.secretKeyRef).toEqual({
      name: 'proxy-password',
      key: 'password',
    });
    const doors = objects().filter(({ metadata }) => metadata.name.startsWith('proxy-allow-web-'));
    expect(doors).toHaveLength(1);
    expect(doors[0].spec).toMatchObject({
      podSelector: { matchLabels: labels('proxy') },
      ingress: [{ ports: tcp(6379) }],
    });
    expect(problems()).toEqual([]);
  });

  it('elsewhere cannot read what is generated', () => {
    const { chart, proxy } = twemproxy();
    const shop = new Chart(chart.node.root, 'shop', { namespace: 'shop' });
    proxy.grantAccess(consumer(shop));
    expect(reported(chart)).toEqual([
      '[twemproxy/access] the password is generated in the namespace "data", and web is in "shop", where it cannot be read; ' +
        'give credentials: Credentials.external, which is fetched into both, or Credentials.existing with the name of a Secret that is in both',
    ]);
  });

  it('elsewhere has a Secret fetched for it', () => {
    const { chart, proxy, problems } = twemproxy(
      { credentials: Credentials.external('proxy') },
      { secretStore: { name: 'vault' } },
    );
    const shop = new Chart(chart.node.root, 'shop', { namespace: 'shop' });
    proxy.grantAccess(consumer(shop));
    const made = shop.toJson().filter(({ kind }: { kind: string }) => kind === 'ExternalSecret');
    expect(made.map(({ metadata }: { metadata: object }) => metadata)).toMatchObject([
      { name: 'proxy-password', namespace: 'shop' },
    ]);
    expect(problems()).toEqual([]);
  });

  it('may be a namespace', () => {
    const { chart, proxy, objects } = twemproxy({ credentials: Credentials.existing('mine') });
    proxy.grantAccess(new Namespace(chart, 'other', { metadata: { name: 'other' } }));
    const doors = objects().filter(({ metadata }) => metadata.name.startsWith('proxy-allow-other-'));
    expect(doors).toHaveLength(1);
  });
});

describe('every prop', () => {
  const values: { [Prop in keyof Required<TwemproxyProps>]?: TwemproxyProps[Prop] } = {
    name: 'other',
    hash: 'fnv1a_64',
    hashTag: '{}',
    timeout: Duration.seconds(1),
    serverConnections: 2,
    replicas: 3,
    clientConnections: 2000,
    mbufSize: Size.kibibytes(4),
    memory: Size.mebibytes(300),
    cpu: '1',
    credentials: Credentials.existing('mine'),
    placement: { spread: 'host' },
    image: 'mine:1',
    nodeImage: 'node:24',
    podOverrides: { spec: { priorityClassName: 'high' } },
  };
  /** Shown by tests of their own. */
  const elsewhere = ['shards', 'leaving', 'use', 'ejection'];

  it('is told here', () => {
    const declared = interfaceProperties(
      require.resolve('../../../lib/redis/twemproxy-props.ts'),
      'TwemproxyProps',
    );
    expect([...Object.keys(values), ...elsewhere].sort()).toEqual([...declared].sort());
  });

  it.each(Object.entries(values))('%s leaves a trace', (prop, value) => {
    const before = twemproxy({}, everything);
    const after = twemproxy({ [prop]: value }, everything);
    expect(JSON.stringify(after.objects())).not.toBe(JSON.stringify(before.objects()));
    expect(after.problems()).toEqual([]);
  });
});
