import { Chart, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { Credentials, type EnvironmentProps } from '../../lib';
import { KafkaCluster } from '../../lib/kafka/kafka-cluster';
import { KafkaExporter } from '../../lib/kafka/kafka-exporter';
import { Authentication, Listener } from '../../lib/kafka/kafka-listeners';
import { KafkaMirror, type KafkaMirrorProps } from '../../lib/kafka/kafka-mirror';
import type { KafkaClusterProps } from '../../lib/kafka/kafka-props';
import { aclsOf } from '../../lib/kafka/kafka-users';
import { KafkaVersion } from '../../lib/kafka/kafka-version';
import type { WantedKafka } from '../../lib/kafka/steward/settings';
import { schemaProblems } from '../support/kubernetes-schema';
import { DNS, tcp } from '../support/network';
import { restrictedProblems } from '../support/pod-security';
import { chartIn, find, podOf, type Rendered, rendered, reported } from '../support/rendering';

const ENVIRONMENT: EnvironmentProps = {
  durability: 'development',
  certificates: { issuer: { name: 'internal' } },
  secretStore: { name: 'vault' },
};
const scram = (tls: boolean): Partial<KafkaClusterProps> => ({
  ...(tls && { tls: {} }),
  listeners: [Listener.internal({ authentication: Authentication.scram() })],
});

function clusters(
  east: Partial<KafkaClusterProps>,
  west: Partial<KafkaClusterProps>,
  environment = ENVIRONMENT,
) {
  const chart = chartIn(environment);
  const storage = Size.gibibytes(10);
  return {
    chart,
    east: new KafkaCluster(chart, 'east', { storage, ...east }),
    west: new KafkaCluster(chart, 'west', { storage, ...west }),
  };
}

function mirror(
  props: Partial<KafkaMirrorProps> = {},
  east: Partial<KafkaClusterProps> = scram(true),
  west: Partial<KafkaClusterProps> = scram(false),
) {
  const made = clusters(east, west);
  const copy = new KafkaMirror(made.chart, 'copy', {
    from: made.east,
    to: made.west,
    topics: ['orders', 'bills.*'],
    ...props,
  });
  const objects = () => rendered(made.chart);
  const settings = () =>
    Object.fromEntries(
      find(objects(), 'ConfigMap', 'copy-config')
        .data['mirror.properties'].trimEnd()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  return { ...made, copy, objects, settings, problems: () => reported(made.chart) };
}

function wantedOf(objects: Rendered[], cluster: string): WantedKafka {
  const { env } = podOf(find(objects, 'Deployment', `${cluster}-steward`)).spec.containers[0];
  return JSON.parse(env.find(({ name }: { name: string }) => name === 'SETTINGS').value).wanted;
}

const secret = (name: string, ...items: string[]) => ({
  secret: { name, items: items.map((key) => ({ key, path: key })) },
});

describe('KafkaMirror', () => {
  it('copies one way, and reads the source only', () => {
    const { settings, east, west, problems } = mirror({ groups: ['shop*'] });
    expect(settings()).toEqual({
      clusters: 'east,west',
      'east->west.enabled': 'true',
      'east->west.topics': 'orders,bills[.].*',
      'east->west.groups': 'shop.*',
      'east->west.emit.checkpoints.enabled': 'true',
      'east->west.sync.group.offsets.enabled': 'true',
      'east->west.sync.topic.acls.enabled': 'false',
      'east->west.offset-syncs.topic.location': 'target',
      'emit.heartbeats.enabled': 'false',
      'replication.policy.class': 'org.apache.kafka.connect.mirror.DefaultReplicationPolicy',
      ...Object.fromEntries(
        ['replication', 'checkpoints.topic.replication', 'offset-syncs.topic.replication'].map((name) => [
          `${name}.factor`,
          '-1',
        ]),
      ),
      ...Object.fromEntries(
        ['config', 'offset', 'status'].map((name) => [`${name}.storage.replication.factor`, '-1']),
      ),
      'tasks.max': '2',
      'config.providers': 'dir,env',
      'config.providers.dir.class': 'org.apache.kafka.common.config.provider.DirectoryConfigProvider',
      'config.providers.dir.param.allowed.paths': '/secrets/source,/secrets/target',
      'config.providers.env.class': 'org.apache.kafka.common.config.provider.EnvVarConfigProvider',
      'config.providers.env.param.allowlist.pattern': 'POD_IP',
      'dedicated.mode.enable.internal.rest': 'true',
      listeners: 'http://:8083',
      'rest.advertised.host.name': `\${env:POD_IP}`,
      'rest.advertised.port': '8083',
      'east.bootstrap.servers': east.bootstrapServers(),
      'east.security.protocol': 'SASL_SSL',
      'east.sasl.mechanism': 'SCRAM-SHA-512',
      'east.sasl.jaas.config': jaas('source'),
      'east.ssl.truststore.type': 'PEM',
      'east.ssl.truststore.location': '/secrets/source/ca.crt',
      'west.bootstrap.servers': west.bootstrapServers(),
      'west.security.protocol': 'SASL_PLAINTEXT',
      'west.sasl.mechanism': 'SCRAM-SHA-512',
      'west.sasl.jaas.config': jaas('target'),
    });
    expect(problems()).toEqual([]);
  });

  const jaas = (end: string) =>
    `org.apache.kafka.common.security.scram.ScramLoginModule required username="\${dir:/secrets/${end}:username}" password="\${dir:/secrets/${end}:password}";`;

  it('is a user of both, with the rights that it needs', () => {
    const { objects } = mirror({ groups: ['shop*'] });
    const topic = (name: string, pattern?: 'prefixed') => ({ resource: 'topic' as const, name, pattern });
    const group = (name: string, pattern?: 'prefixed') => ({ resource: 'group' as const, name, pattern });
    const source = aclsOf({
      name: 'copy',
      acls: [
        { ...topic('orders'), operations: ['Read', 'Describe', 'DescribeConfigs'] },
        { ...topic('bills.', 'prefixed'), operations: ['Read', 'Describe', 'DescribeConfigs'] },
        { ...group('shop', 'prefixed'), operations: ['Describe'] },
      ],
    });
    const used = ['Read', 'Write', 'Create', 'Describe', 'DescribeConfigs'] as const;
    const target = aclsOf({
      name: 'copy',
      acls: [
        { ...topic('mm2-', 'prefixed'), operations: used },
        { ...topic('east.checkpoints.internal'), operations: used },
        { ...topic('east.orders'), operations: [...used, 'Alter', 'AlterConfigs'] },
        { ...topic('east.bills.', 'prefixed'), operations: [...used, 'Alter', 'AlterConfigs'] },
        { ...group('east-mm2'), operations: ['Read', 'Describe'] },
        { ...group('shop', 'prefixed'), operations: ['Read', 'Describe'] },
      ],
    });
    const user = { name: 'copy', scram: 'SCRAM-SHA-512', quotas: {} };
    expect(wantedOf(objects(), 'east').users).toEqual([{ ...user, acls: source }]);
    expect(wantedOf(objects(), 'west').users).toEqual([{ ...user, acls: target }]);
  });

  it('mounts secrets, and names none of them in text', () => {
    const { objects } = mirror(
      {},
      { tls: {}, listeners: [Listener.internal({ authentication: Authentication.mutualTls() })] },
    );
    const { spec } = podOf(find(objects(), 'Deployment', 'copy'));
    const sources = (name: string) =>
      spec.volumes.find((volume: { name: string }) => volume.name === name).projected.sources;
    expect(sources('source')).toEqual([
      secret('east-certificate-copy', 'ca.crt'),
      secret('east-certificate-copy', 'tls.crt', 'tls.key'),
    ]);
    expect(sources('target')).toEqual([secret('west-user-copy', 'username', 'password')]);
    expect(spec.containers[0].volumeMounts).toEqual([
      { name: 'config', mountPath: '/config', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'source', mountPath: '/secrets/source', readOnly: true },
      { name: 'target', mountPath: '/secrets/target', readOnly: true },
    ]);
  });

  it('mounts none where there are none', () => {
    const { objects, problems } = mirror({}, {}, {});
    const { spec } = podOf(find(objects(), 'Deployment', 'copy'));
    expect(spec.volumes.map(({ name }: { name: string }) => name)).toEqual(['config', 'tmp']);
    expect(problems()).toEqual([]);
  });

  it('reaches both clusters, its like and names, and nothing else', () => {
    const { objects, copy, east, west } = mirror();
    const [own] = objects().filter(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'copy',
    );
    const pods = (matchLabels: object) => [{ podSelector: { matchLabels } }];
    expect(own.spec).toEqual({
      podSelector: { matchLabels: copy.selectorLabels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: pods(copy.selectorLabels), ports: tcp(8083) }],
      egress: [
        { to: pods(copy.selectorLabels), ports: tcp(8083) },
        { to: [expect.objectContaining(pods(east.selectorLabels)[0])], ports: tcp(9092) },
        { to: [expect.objectContaining(pods(west.selectorLabels)[0])], ports: tcp(9092) },
        DNS,
      ],
    });
    for (const cluster of ['east', 'west']) {
      const doors = objects().filter(({ metadata }) => metadata.name.startsWith(`${cluster}-allow-copy-`));
      expect(doors.map(({ spec }) => spec.ingress[0].from[0].podSelector.matchLabels)).toEqual([
        { ...copy.selectorLabels },
      ]);
    }
  });

  it('reaches a cluster elsewhere by its ports', () => {
    const { chart, west } = clusters({}, {});
    const from = KafkaCluster.fromEndpoints(chart, 'old', {
      bootstrap: ['a.example.com:9094', 'b.example.com:9094'],
    });
    new KafkaMirror(chart, 'copy', { from, to: west, topics: ['*'], policy: 'identity' });
    const { egress } = find(rendered(chart), 'NetworkPolicy', 'copy').spec;
    expect(egress[1]).toEqual({ ports: [{ port: 9094, protocol: 'TCP' }] });
    const text = find(rendered(chart), 'ConfigMap', 'copy-config').data['mirror.properties'];
    expect(text).toContain('old.bootstrap.servers=a.example.com:9094,b.example.com:9094\n');
    expect(text).toContain('IdentityReplicationPolicy\n');
    expect(text).toContain('old->west.topics=.*\n');
    expect(reported(chart)).toEqual([]);
  });

  it('takes what it is given', () => {
    const { objects, settings, problems } = mirror({
      name: 'mirror',
      replicas: 3,
      memory: Size.gibibytes(2),
      cpu: '1',
      version: KafkaVersion.V3_9,
      replicationFactor: 2,
      groups: [],
      source: { alias: 'a', user: 'reader' },
      target: { alias: 'b', credentials: Credentials.existing('mine') },
      logLevel: 'DEBUG',
      configuration: { 'refresh.topics.interval.seconds': 30 },
      podOverrides: { spec: { priorityClassName: 'low' } },
    });
    const deployment = find(objects(), 'Deployment', 'mirror');
    expect(deployment.spec.replicas).toBe(3);
    const { spec } = podOf(deployment);
    expect(spec.priorityClassName).toBe('low');
    expect(spec.containers[0]).toMatchObject({
      image: 'apache/kafka:3.9.1',
      resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '2Gi' } },
    });
    const { data } = find(objects(), 'ConfigMap', 'mirror-config');
    expect(data['log4j.properties']).toContain('DEBUG');
    for (const line of [
      'clusters=a,b',
      'a->b.groups=',
      'a->b.sync.group.offsets.enabled=false',
      'replication.factor=2',
      'tasks.max=6',
      'refresh.topics.interval.seconds=30',
    ])
      expect(`\n${data['mirror.properties']}`).toContain(`\n${line}\n`);
    expect(wantedOf(objects(), 'east').users[0].name).toBe('reader');
    expect(wantedOf(objects(), 'west').users[0].acls).toContainEqual(
      expect.objectContaining({ name: 'a.orders', operation: 'Create' }),
    );
    expect(settings).toThrow(/0 objects are ConfigMap copy-config/);
    expect(problems()).toEqual([]);
  });

  it('restarts for what it reads at the start', () => {
    const hash = (props: Partial<KafkaMirrorProps>) =>
      podOf(find(mirror(props).objects(), 'Deployment', 'copy')).metadata.annotations[
        'cdk8s-stateful/config-hash'
      ];
    expect(hash({})).toBe(hash({}));
    expect(hash({ topics: ['other'] })).not.toBe(hash({}));
  });

  it.each<[Partial<KafkaMirrorProps>, string]>([
    [
      { source: { alias: 'west' } },
      'both clusters are called "west"; tell them apart by source.alias and target.alias',
    ],
    [
      { source: { alias: 'a.b' } },
      'alias: "a.b" would not do in names of topics; use letters, digits, "_" and "-"',
    ],
    [{ topics: [] }, "topics: none given; name topics or prefixes, or all of them by '*'"],
    [
      { replicationFactor: 0 },
      "replicationFactor: 0; give a whole number from 1, or -1 for the target's default",
    ],
    [{ tasks: 0 }, 'tasks: 0; give a whole number from 1'],
    [
      { configuration: { 'west.ssl.protocol': 'x' } },
      'configuration: west.ssl.protocol follows from other props; leave it out',
    ],
    [
      { configuration: { 'a b': 1 } },
      'configuration: "a b" has a character that a properties file cannot hold as it is',
    ],
    [{ memory: Size.mebibytes(300) }, 'memory 300Mi leaves no room for a JVM; give it at least 384Mi'],
  ])('refuses %j', (props, message) => {
    expect(mirror(props).problems()).toEqual([`[kafka/mirror] ${message}`]);
  });

  it('is refused a generated password in another namespace', () => {
    const { chart, east, west } = clusters({}, scram(false));
    const shop = new Chart(chart.node.root, 'shop', { namespace: 'shop' });
    new KafkaMirror(shop, 'copy', { from: east, to: west, topics: ['*'] });
    expect(reported(chart)).toEqual([
      expect.stringContaining(
        'user "copy": its password is generated in the namespace "data", and copy is in "shop"',
      ),
    ]);
  });
});

describe('all of it', () => {
  it('is what Kubernetes takes, in closed pods', () => {
    const { chart, east, objects, problems } = mirror({ replicas: 2 });
    new KafkaExporter(chart, 'exporter', { cluster: east });
    const made = objects().filter(({ metadata }) => /^(copy|east-exporter)/.test(metadata.name));
    expect(made.map(({ kind }) => kind).sort()).toEqual([
      'ConfigMap',
      'Deployment',
      'Deployment',
      'NetworkPolicy',
      'NetworkPolicy',
    ]);
    expect(made.flatMap(schemaProblems)).toEqual([]);
    expect(made.flatMap(restrictedProblems)).toEqual([]);
    expect(problems()).toEqual([]);
    for (const deployment of made.filter(({ kind }) => kind === 'Deployment')) {
      expect(podOf(deployment).spec).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        containers: [{ securityContext: { readOnlyRootFilesystem: true } }],
      });
    }
  });
});

describe('KafkaExporter', () => {
  function exporter(props: Partial<KafkaClusterProps>, environment: EnvironmentProps = ENVIRONMENT) {
    const { chart, east } = clusters(props, {}, environment);
    const made = new KafkaExporter(chart, 'exporter', { cluster: east });
    const objects = rendered(chart);
    const { spec } = podOf(find(objects, 'Deployment', 'east-exporter'));
    return { chart, east, made, objects, spec, container: spec.containers[0] };
  }

  it('may describe everything, and read nothing', () => {
    const { objects, container, east, spec, chart } = exporter(scram(true));
    expect(wantedOf(objects, 'east').users).toEqual([
      {
        name: 'east-exporter',
        scram: 'SCRAM-SHA-512',
        acls: aclsOf({
          name: 'x',
          acls: (['topic', 'group', 'cluster'] as const).map((resource) => ({
            resource,
            operations: ['Describe'],
          })),
        }),
        quotas: {},
      },
    ]);
    expect(container.image).toBe('danielqsj/kafka-exporter:v1.9.0');
    expect(container.args).toEqual([
      ...east.endpoints.map((endpoint) => `--kafka.server=${endpoint}`),
      '--kafka.version=3.6.0',
      '--sasl.enabled',
      '--sasl.mechanism=scram-sha512',
      '--sasl.username=$(USERNAME)',
      '--sasl.password=$(PASSWORD)',
      '--tls.enabled',
      '--tls.ca-file=/secrets/kafka/ca.crt',
    ]);
    expect(container.env).toEqual(
      ['USERNAME', 'PASSWORD'].map((name) => ({
        name,
        valueFrom: { secretKeyRef: { name: 'east-user-east-exporter', key: name.toLowerCase() } },
      })),
    );
    expect(spec.volumes[0].projected.sources).toContainEqual(secret('east-tls', 'ca.crt'));
    expect(reported(chart)).toEqual([]);
  });

  it('is plain where the cluster is', () => {
    const { container, spec, chart } = exporter({});
    expect([container.args.length, container.env, spec.volumes]).toEqual([2, undefined, undefined]);
    expect(reported(chart)).toEqual([]);
  });

  it('shows a certificate where one is asked for', () => {
    const listeners = [Listener.internal({ authentication: Authentication.mutualTls() })];
    expect(exporter({ tls: {}, listeners }).container.args.slice(-3)).toEqual([
      '--tls.ca-file=/secrets/kafka/ca.crt',
      '--tls.cert-file=/secrets/kafka/tls.crt',
      '--tls.key-file=/secrets/kafka/tls.key',
    ]);
  });

  it('is scraped where there is somebody to', () => {
    const { objects, made } = exporter({}, { ...ENVIRONMENT, monitoring: 'prometheus-operator' });
    const policy = find(objects, 'NetworkPolicy', 'east-exporter').spec;
    expect(policy.ingress).toMatchObject([{ ports: [{ port: 9308, protocol: 'TCP' }] }]);
    expect(policy.egress[0].ports).toEqual([{ port: 9092, protocol: 'TCP' }]);
    expect(find(objects, 'PodMonitor', 'east-exporter').spec.selector.matchLabels).toEqual({
      ...made.selectorLabels,
    });
    expect(exporter({}).objects.filter(({ kind }) => kind === 'PodMonitor')).toEqual([]);
  });

  it('cannot log in by tokens', () => {
    const authentication = Authentication.oauthBearer({ jwksEndpoint: 'https://id.example.com/jwks' });
    const { chart, east } = clusters({ tls: {}, listeners: [Listener.internal({ authentication })] }, {});
    new KafkaExporter(chart, 'exporter', { cluster: east });
    expect(reported(chart)).toEqual([
      '[kafka/exporter] exporter: it cannot log in by OAUTHBEARER; name a listener with another authentication',
    ]);
  });
});
