import { ApiObject, App, Chart, Cron } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { describe, expect, test } from 'vitest';
import { lint } from '../../../lib/core/lint';
import { cluster, object, rendered, workload } from './manifests';

test('problems are sorted by path, then by code', () => {
  const secret = object('Secret', 'A', undefined, { data: { a: '' } });
  const problems = lint([
    { path: 'b', manifest: secret },
    { path: 'a', manifest: object('Service', 's', { selector: { a: 'b' }, ports: [{ port: 0 }] }) },
  ]);
  expect(problems.map(({ path, code }) => [path, code])).toEqual([
    ['a', 'core/port'],
    ['a', 'core/selector'],
    ['b', 'core/name'],
    ['b', 'core/secret-data'],
  ]);
});

test('every rule runs', () => {
  const large = object('ConfigMap', 'A', undefined, { data: { text: 'a'.repeat(300_000) } });
  const manifests = [
    ...[large, large, object('Secret', 's', undefined, { data: { a: '' } })],
    object('Service', 's', { selector: { a: 'b' }, ports: [{ port: 0 }] }),
    workload('StatefulSet', 'zk', { app: 'zk' }, {}, { serviceName: 'x' }),
  ];
  expect([...new Set(lint(rendered(manifests)).map(({ code }) => code))].sort()).toEqual([
    ...[
      'core/duplicate',
      'core/name',
      'core/port',
      'core/reference',
      'core/secret-data',
      'core/selector',
      'core/size',
    ],
  ]);
});

test('an empty app is fine', () => expect(lint([])).toEqual([]));

test('a cluster is fine', () =>
  expect(lint(rendered(cluster('zk')), { storageClasses: ['fast'] })).toEqual([]));

function synth(build: (chart: Chart) => void) {
  const chart = new Chart(new App(), 'shop', { namespace: 'shop' });
  build(chart);
  return chart.node
    .findAll()
    .filter((construct) => ApiObject.isApiObject(construct))
    .map((construct) => ({ path: construct.node.path, manifest: (construct as ApiObject).toJson() }));
}

const container = (port?: number) => ({ image: 'nginx', portNumber: port });

describe('what cdk8s-plus renders is fine', () => {
  const cases: [string, (chart: Chart) => void][] = [
    [
      'a Deployment behind an Ingress',
      (chart) => {
        new kplus.Deployment(chart, 'web', { containers: [container(80)] }).exposeViaIngress('/');
      },
    ],
    [
      'two of each workload',
      (chart) => {
        for (const id of ['a', 'b']) {
          new kplus.Deployment(chart, `deployment-${id}`, {
            containers: [container(80)],
          }).scheduling.spread();
          new kplus.StatefulSet(chart, `set-${id}`, { containers: [container(80)] });
          new kplus.DaemonSet(chart, `daemons-${id}`, { containers: [container()] });
          new kplus.Job(chart, `job-${id}`, { containers: [container()] });
          new kplus.CronJob(chart, `cron-${id}`, {
            containers: [container()],
            schedule: new Cron({ minute: '0' }),
          });
          new kplus.Pod(chart, `pod-${id}`, { containers: [container()] });
        }
      },
    ],
    [
      'volumes, variables and accounts',
      (chart) => {
        const config = new kplus.ConfigMap(chart, 'config', { data: { key: 'value' } });
        const pod = new kplus.Deployment(chart, 'web', {
          serviceAccount: new kplus.ServiceAccount(chart, 'account'),
          containers: [
            { ...container(80), envVariables: { KEY: kplus.EnvValue.fromConfigMap(config, 'key') } },
          ],
        });
        const volume = kplus.Volume.fromConfigMap(chart, 'volume', config, {
          items: { key: { path: 'file' } },
        });
        pod.containers[0].mount('/file', volume, { subPath: 'file' });
        pod.containers[0].mount('/tmp', kplus.Volume.fromEmptyDir(chart, 'tmp', 'tmp'));
      },
    ],
    [
      'network policies of every direction',
      (chart) => {
        const [a, b] = ['a', 'b'].map(
          (id) => new kplus.Deployment(chart, id, { containers: [container(80)] }),
        );
        a.connections.allowTo(b);
        a.connections.allowFrom(kplus.Pods.select(chart, 'pods', { labels: { role: 'client' } }));
        b.connections.allowFrom(kplus.Namespaces.select(chart, 'namespaces', { names: ['web'] }));
        b.connections.allowFrom(kplus.Namespaces.all(chart, 'all'), {
          isolation: kplus.PodConnectionsIsolation.POD,
        });
        a.connections.isolate();
      },
    ],
    [
      'roles and their bindings',
      (chart) => {
        const role = new kplus.Role(chart, 'role');
        role.allowRead(kplus.ApiResource.PODS);
        role.bind(new kplus.ServiceAccount(chart, 'account'), kplus.Group.fromName(chart, 'group', 'admins'));
        const wide = new kplus.ClusterRole(chart, 'wide');
        wide.bind(new kplus.ServiceAccount(chart, 'other'));
      },
    ],
    [
      'an autoscaler',
      (chart) => {
        const resources = { cpu: { request: kplus.Cpu.millis(1), limit: kplus.Cpu.millis(2) } };
        const target = new kplus.Deployment(chart, 'web', {
          replicas: undefined,
          containers: [{ ...container(80), resources }],
        });
        new kplus.HorizontalPodAutoscaler(chart, 'scaler', {
          target,
          maxReplicas: 3,
          metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(70))],
        });
      },
    ],
  ];
  test.each(cases)('%s', (_, build) => expect(lint(synth(build))).toEqual([]));
});

test('time grows with the size of an app, not with its square, be everything right or wrong', () => {
  const good = Array.from({ length: 1000 }, (_, i) => cluster(`zk-${i}`)).flat();
  const labels = { app: 'same' };
  const bad = Array.from({ length: 1000 }, (_, i) => [
    workload('Deployment', `d-${i}`, labels),
    object('Service', `s-${i}`, { selector: labels, ports: [{ port: 1, targetPort: 'x' }] }),
    object('policy/v1 PodDisruptionBudget', `b-${i}`, { selector: { matchLabels: labels } }),
  ]).flat();
  const start = performance.now();
  expect(lint(rendered(good), { storageClasses: ['fast'] })).toEqual([]);
  // Every Service twice, every Deployment and budget but the first.
  expect(lint(rendered(bad))).toHaveLength(3998);
  // Below half a second on an idle machine.
  expect(performance.now() - start).toBeLessThan(5000);
}, 20_000);
