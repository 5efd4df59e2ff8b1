import { App, Duration, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Environment, type EtcdClusterProps, EtcdVersion } from '../../lib';
import { etcdYaml, goDuration } from '../../lib/etcd/etcd-config';
import { completeEtcd } from '../../lib/etcd/etcd-model';

const storage = { data: Size.gibibytes(10) };
const environment = Environment.attach(new App(), {});
const yaml = (props: Partial<EtcdClusterProps> = {}) =>
  etcdYaml(completeEtcd('etcd', 'data', { storage, ...props }, environment).model);

/** Lines that props add to and take from the default text. */
function difference(props: Partial<EtcdClusterProps>): { added: string[]; gone: string[] } {
  const [before, after] = [yaml().split('\n'), yaml(props).split('\n')];
  return {
    added: after.filter((line) => !before.includes(line)),
    gone: before.filter((line) => !after.includes(line)),
  };
}

describe('etcd.yaml', () => {
  it('is this by default', () => {
    expect(yaml()).toBe(`# members
heartbeat-interval: 100
election-timeout: 1000
strict-reconfig-check: true
max-learners: 6

# storage
data-dir: /var/lib/etcd/data
quota-backend-bytes: 2147483648
auto-compaction-mode: periodic
auto-compaction-retention: "1h"

# addresses
listen-client-urls: http://0.0.0.0:2379
listen-peer-urls: http://0.0.0.0:2380
listen-metrics-urls: http://0.0.0.0:2381

# integrity
feature-gates: CompactHashCheck=true,InitialCorruptCheck=true

# log
logger: zap
log-level: info
`);
  });

  it('has the names of 3.5, which has no more than one learner', () => {
    expect(difference({ version: EtcdVersion.V3_5_33 })).toEqual({
      added: ['experimental-initial-corrupt-check: true', 'experimental-compact-hash-check-enabled: true'],
      gone: ['max-learners: 6', 'feature-gates: CompactHashCheck=true,InitialCorruptCheck=true'],
    });
  });

  it('speaks TLS, to members with a name that only members have', () => {
    expect(difference({ tls: { secret: 's' } })).toEqual({
      added: [
        'listen-client-urls: https://0.0.0.0:2379',
        'listen-peer-urls: https://0.0.0.0:2380',
        '# TLS',
        'client-transport-security:',
        '  cert-file: /secrets/tls/tls.crt',
        '  key-file: /secrets/tls/tls.key',
        '  trusted-ca-file: /secrets/tls/ca.crt',
        '  client-cert-auth: true',
        'peer-transport-security:',
        '  cert-file: /secrets/peer/tls.crt',
        '  key-file: /secrets/peer/tls.key',
        '  trusted-ca-file: /secrets/peer/ca.crt',
        '  client-cert-auth: true',
        '  allowed-hostname:',
        '    - etcd-headless.data.svc.cluster.local',
      ],
      gone: ['listen-client-urls: http://0.0.0.0:2379', 'listen-peer-urls: http://0.0.0.0:2380'],
    });
  });

  it('asks clients for no certificate by naming no authority', () => {
    const { 'client-transport-security': clients } = parse(
      yaml({ tls: { secret: 's', clientAuthentication: 'none' } }),
    );
    expect(clients).toEqual({ 'cert-file': '/secrets/tls/tls.crt', 'key-file': '/secrets/tls/tls.key' });
  });

  it('speaks TLS to clients alone, or to members alone', () => {
    const clients = parse(yaml({ tls: { secret: 's', peers: false } }));
    expect(clients).not.toHaveProperty('peer-transport-security');
    expect(clients['listen-peer-urls']).toBe('http://0.0.0.0:2380');
    const peers = parse(yaml({ tls: { secret: 's', clients: false } }));
    expect(peers).not.toHaveProperty('client-transport-security');
    expect(peers['listen-client-urls']).toBe('http://0.0.0.0:2379');
  });

  it('signs tokens by a key that all members have', () => {
    expect(difference({ authentication: { tokenLifetime: Duration.minutes(90) } }).added).toEqual([
      '# authentication',
      'auth-token: jwt,priv-key=/secrets/token/password,sign-method=HS256,ttl=90m',
    ]);
  });

  it('has a log of its own', () => {
    expect(difference({ storage: { ...storage, wal: Size.gibibytes(1) } }).added).toEqual([
      'wal-dir: /var/lib/etcd-wal/wal',
    ]);
  });

  it('forgets by revisions, or not at all', () => {
    expect(difference({ compaction: { mode: 'revision', retention: 1000 } }).added).toEqual([
      'auto-compaction-mode: revision',
      'auto-compaction-retention: "1000"',
    ]);
    expect(difference({ compaction: false }).gone).toEqual([
      'auto-compaction-mode: periodic',
      'auto-compaction-retention: "1h"',
    ]);
  });

  it('adds features to those that the library switches on, and leaves them to whoever knows better', () => {
    const gates = (given: string) =>
      parse(yaml({ configuration: { 'feature-gates': given } }))['feature-gates'];
    expect(gates('LeaseCheckpoint=true')).toBe(
      'CompactHashCheck=true,InitialCorruptCheck=true,LeaseCheckpoint=true',
    );
    expect(gates('InitialCorruptCheck=false')).toBe('CompactHashCheck=true,InitialCorruptCheck=false');
  });

  it('sorts what it does not know behind the rest, and writes each value as YAML reads it', () => {
    const configuration = {
      'snapshot-count': 5000,
      'cipher-suites': ['TLS_A', 'no'],
      cors: '*',
      'host-whitelist': 'yes',
      metrics: 'extensive',
      'log-rotation-config-json': '{"maxsize": 1}',
      'pre-vote': false,
      'max-txn-ops': undefined,
    };
    const { added } = difference({ configuration });
    expect(added).toEqual([
      '# further',
      'cipher-suites:',
      '  - TLS_A',
      '  - "no"',
      'cors: "*"',
      'host-whitelist: "yes"',
      'log-rotation-config-json: "{\\"maxsize\\": 1}"',
      'metrics: extensive',
      'pre-vote: false',
      'snapshot-count: 5000',
    ]);
    expect(parse(yaml({ configuration }))).toMatchObject(JSON.parse(JSON.stringify(configuration)));
  });

  it('replaces a default in its place', () => {
    const version = EtcdVersion.V3_5_33;
    const configuration = { 'experimental-initial-corrupt-check': false };
    const text = yaml({ version, configuration });
    expect(text).toContain('# integrity\nexperimental-initial-corrupt-check: false\n');
    expect(text).not.toContain('# further');
  });

  it('never has what the gate adds for each member', () => {
    const own = /^(name|advertise-client-urls|initial-[a-z-]+|force-new-cluster):/m;
    for (const version of [EtcdVersion.V3_5_33, EtcdVersion.V3_6_14])
      expect(
        yaml({ version, tls: { secret: 's' }, forceNewCluster: { member: 0, confirm: 'cafe' } }),
      ).not.toMatch(own);
  });

  it.each([
    [Duration.seconds(30), '30s'],
    [Duration.seconds(90), '90s'],
    [Duration.minutes(5), '5m'],
    [Duration.minutes(90), '90m'],
    [Duration.hours(1), '1h'],
    [Duration.days(2), '48h'],
    [Duration.millis(1500), '1.5s'],
  ])('writes %s as %s', (duration, text) => {
    expect(goDuration(duration)).toBe(text);
  });
});
