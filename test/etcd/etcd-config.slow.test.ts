import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Duration, Size } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Environment, type EtcdClusterProps, EtcdVersion } from '../../lib';
import { etcdYaml } from '../../lib/etcd/etcd-config';
import { settingsOf } from '../../lib/etcd/etcd-config-keys';
import { completeEtcd } from '../../lib/etcd/etcd-model';
import { memberYaml } from '../../lib/etcd/gate/etcd-yaml';
import { Authority, opensslMissing } from '../support/certificates';
import { ETCD_VERSIONS, EtcdProcess, etcdBinaries, etcdMissing, runEtcdTool } from '../support/etcd-process';

/** Clusters that together have every setting that is rendered. */
const SHAPES: Readonly<Record<string, Partial<EtcdClusterProps>>> = {
  plain: {},
  'with keys': { tls: { secret: 'keys' } },
  'with keys of its own only': { tls: { secret: 'keys', clientAuthentication: 'none' } },
  'with keys for members': { tls: { secret: 'keys', clients: false } },
  'with authentication': { authentication: { tokenLifetime: Duration.minutes(90) } },
  'with a log of its own': {
    storage: { data: Size.gibibytes(10), wal: Size.gibibytes(1) },
    compaction: { mode: 'revision', retention: 1000 },
  },
  'with other numbers': {
    heartbeatInterval: Duration.millis(50),
    electionTimeout: Duration.seconds(2),
    quota: Size.mebibytes(100),
    compaction: false,
    logLevel: 'debug',
    configuration: {
      'max-request-bytes': 4194304,
      'max-txn-ops': 256,
      'snapshot-count': 5000,
      'pre-vote': true,
      'grpc-keepalive-min-time': 1_000_000_000,
      'cipher-suites': ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    },
  },
};

const HOST = 'etcd-headless.data.svc.cluster.local';
const reason = etcdMissing ?? opensslMissing;
const title = reason ? `etcd (skipped: ${reason})` : 'etcd';
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'etcd-config-'));
const secrets = path.join(dir, 'secrets');
const servers: EtcdProcess[] = [];

function modelOf(version: string, props: Partial<EtcdClusterProps>) {
  const environment = Environment.attach(new App(), {});
  const storage = { data: Size.gibibytes(10) };
  const all = { storage, version: EtcdVersion.custom(version, 'etcd'), ...props };
  return completeEtcd('etcd', 'data', all, environment).model;
}

/** Starts a member with what is rendered, moved to loopback and to directories that are there. */
async function started(version: string, props: Partial<EtcdClusterProps>) {
  const server = await EtcdProcess.create(fs.mkdtempSync(path.join(dir, 'member-')), version);
  servers.push(server);
  const { client, peer, metrics } = server.ports;
  const model = modelOf(version, props);
  const common = etcdYaml(model)
    .replaceAll('0.0.0.0:2379', `127.0.0.1:${client}`)
    .replaceAll('0.0.0.0:2380', `127.0.0.1:${peer}`)
    .replaceAll('0.0.0.0:2381', `127.0.0.1:${metrics}`)
    .replaceAll('/var/lib/etcd', path.join(server.dir, 'disk'))
    .replaceAll('/secrets/', `${secrets}/`);
  const url = (tls: unknown, port: number) => `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const peerUrl = url(model.tls.peers, peer);
  const clientUrl = url(model.tls.clients, client);
  fs.writeFileSync(
    server.configFile,
    memberYaml(common, {
      name: 'etcd-0',
      'advertise-client-urls': clientUrl,
      'initial-advertise-peer-urls': peerUrl,
      'initial-cluster': `etcd-0=${peerUrl}`,
      'initial-cluster-state': 'new',
      'initial-cluster-token': model.token,
    }),
  );
  await server.start();
  await server.serving();
  return { server, clientUrl, peerUrl };
}

/** What etcd says of its settings when it starts. */
function settingsSaid(server: EtcdProcess): Record<string, unknown> {
  const lines = server.log.split('\n').filter((line) => line.startsWith('{'));
  const found = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'starting an etcd server');
  expect(found, server.log).toBeDefined();
  return found;
}

describe.skipIf(reason).each(ETCD_VERSIONS)(`${title} %s`, (version) => {
  beforeAll(async () => {
    const authority = new Authority(path.join(dir, `authority-${version}`));
    authority.issue(path.join(secrets, 'tls'), '');
    authority.issue(path.join(secrets, 'peer'), '', [HOST]);
    authority.issue(path.join(secrets, 'client'), 'orders');
    fs.mkdirSync(path.join(secrets, 'token'), { recursive: true });
    fs.writeFileSync(path.join(secrets, 'token', 'password'), 'vOz3rYcHq3Yt5bPqk2rVnB5v6yYfM1Qd');
    await etcdBinaries(version);
  }, 600_000);
  afterAll(() => Promise.all(servers.splice(0).map((server) => server.stop())));

  it.each(Object.entries(SHAPES))('serves %s', async (_, props) => {
    const { server, clientUrl } = await started(version, props);
    const keys = ['--cacert', 'ca.crt', '--cert', 'tls.crt', '--key', 'tls.key'].map((arg) =>
      arg.startsWith('--') ? arg : path.join(secrets, 'client', arg),
    );
    const args = ['--endpoints', clientUrl, ...(clientUrl.startsWith('https') ? keys : [])];
    expect(await runEtcdTool('etcdctl', [...args, 'put', 'a', 'b'], version)).toContain('OK');
    expect(server.log).not.toMatch(/unrecognized|deprecated|unknown field/i);
  });

  it('takes every number as it was meant', async () => {
    const { server } = await started(version, SHAPES['with other numbers']);
    const said = settingsSaid(server);
    expect(said).toMatchObject({
      'heartbeat-interval': '50ms',
      'election-timeout': '2s',
      'quota-backend-bytes': 100 * 1024 ** 2,
      'snapshot-count': 5000,
      'max-request-bytes': 4194304,
      'pre-vote': true,
    });
    expect(said).toMatchObject(
      version.startsWith('3.5')
        ? { 'initial-corrupt-check': true, 'compact-check-time-enabled': true }
        : { 'feature-gates': 'CompactHashCheck=true,InitialCorruptCheck=true', 'max-learners': 6 },
    );
  });

  it('compacts after an hour by default', async () => {
    const { server } = await started(version, {});
    expect(settingsSaid(server)).toMatchObject({
      'auto-compaction-mode': 'periodic',
      'auto-compaction-interval': '1h0m0s',
    });
  });

  it('lets members in to members, and neither clients nor strangers', async () => {
    const { clientUrl, peerUrl } = await started(version, SHAPES['with keys']);
    const curl = (url: string, who?: string) =>
      spawnSync('curl', [
        ...['-sS', '--http1.1', '-o', '/dev/null', '-w', '%{http_code}', '--max-time', '5'],
        ...['--cacert', path.join(secrets, 'client', 'ca.crt')],
        ...(who ? ['--cert', path.join(secrets, who, 'tls.crt')] : []),
        ...(who ? ['--key', path.join(secrets, who, 'tls.key')] : []),
        url,
      ]).stdout.toString();
    expect(curl(`${peerUrl}/members`, 'peer')).toBe('200');
    expect(curl(`${peerUrl}/members`, 'client')).toBe('000');
    expect(curl(`${peerUrl}/members`)).toBe('000');
    expect(curl(`${clientUrl}/version`, 'client')).toBe('200');
    expect(curl(`${clientUrl}/version`)).toBe('000');
  });

  it('knows every setting that configuration may name, and reads what it should hold', async () => {
    const command = path.join(await etcdBinaries(version), 'etcd');
    const file = path.join(dir, 'one.json');
    const taken = (key: string, value: unknown) => {
      fs.writeFileSync(file, JSON.stringify({ [key]: value, 'initial-cluster-state': 'neither' }));
      const { stdout, stderr } = spawnSync(command, [`--config-file=${file}`], { cwd: dir, timeout: 20_000 });
      const said = `${stdout}${stderr}`;
      return !/cannot unmarshal/.test(said) || said;
    };
    const examples = { number: 1, duration: 1_000_000, boolean: true, text: 'a', list: ['a'] };
    for (const [key, kind] of Object.entries(settingsOf(modelOf(version, {}).line))) {
      // It reads past what it does not know, and so would an object there.
      expect(taken(key, {}), key).toContain(key);
      expect(taken(key, examples[kind]), key).toBe(true);
    }
  });

  it('lets users log in as etcdctl is told by variables', async () => {
    const { clientUrl } = await started(version, SHAPES['with authentication']);
    const command = path.join(await etcdBinaries(version), 'etcdctl');
    const run = (env: Record<string, string>, ...args: string[]) => {
      const all = { PATH: process.env.PATH, ETCDCTL_ENDPOINTS: clientUrl, ...env };
      const { status, stdout, stderr } = spawnSync(command, args, { env: all, timeout: 20_000 });
      return { status, said: `${stdout}${stderr}` };
    };
    const steps = [
      'user add root:secret',
      'user grant-role root root',
      'user add orders:p:a',
      'role add orders',
      'role grant-permission --prefix=true orders readwrite /orders/',
      'user grant-role orders orders',
      'auth enable',
    ];
    for (const step of steps) expect(run({}, ...step.split(' ')), step).toMatchObject({ status: 0 });
    const login = { ETCDCTL_USER: 'orders', ETCDCTL_PASSWORD: 'p:a' };
    expect(run(login, 'put', '/orders/1', 'x')).toMatchObject({ status: 0 });
    expect(run(login, 'put', '/other', 'x').said).toContain('permission denied');
    expect(run({}, 'get', '/orders/1').said).toContain('user name is empty');
  });
});

afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));
