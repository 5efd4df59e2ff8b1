import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Gateway } from '../../lib/etcd/api/gateway';
import { ask } from '../../lib/etcd/api/http';
import { ETCD_VERSIONS, type EtcdCluster, etcdMissing, startEtcd } from '../support/etcd-cluster';
import { selected } from '../support/prometheus';
import { expressions } from './etcd-watched';

/** Labels that Prometheus adds to what it scrapes. */
const TARGET = ['namespace', 'cdk8s_stateful_cluster', 'cdk8s_stateful_component'];
const FOREIGN = /^(up|kube_.*|kubelet_.*|cdk8s_stateful_steward_.*)$/;
/** What only newer members tell; whatever asks for it asks the steward, too. */
const SINCE_3_6 = ['etcd_debugging_server_alarms'];

let cluster: EtcdCluster;
afterEach(() => cluster?.stop());

describe.skipIf(etcdMissing).each(ETCD_VERSIONS)('etcd %s', (version) => {
  it('tells all that alerts and the dashboard ask for', async () => {
    cluster = await startEtcd({ version, members: 3 });
    const [first] = cluster.servers;
    await cluster.client().put('k', 'v');
    const { memberId } = await cluster.client().status();
    const request = { action: 'ACTIVATE', memberID: memberId, alarm: 'NOSPACE' };
    await new Gateway(first.client, cluster.transport()).call('maintenance/alarm', request);
    const about = { method: 'GET', path: '/metrics' } as const;
    let text: string;
    // Peers are measured only every half a minute.
    for (let tries = 0; ; tries++) {
      ({ text } = await ask(first.metrics, { timeoutMs: 5_000 }, about));
      if (text.includes('etcd_network_peer_round_trip_time_seconds_bucket') || tries === 60) break;
      await delay(1_000);
    }
    const samples = text.split('\n').filter((line) => line && !line.startsWith('#'));
    const told = new Map<string, Set<string>[]>();
    for (const line of samples) {
      const [, name, labels = ''] = /^([a-zA-Z_:0-9]+)(?:\{(.*)\})? /.exec(line) ?? [];
      const names = new Set([...labels.matchAll(/([a-zA-Z_0-9]+)="/g)].map(([, label]) => label));
      told.set(name, [...(told.get(name) ?? []), names]);
    }
    expect(told.size).toBeGreaterThan(100);
    let checked = 0;
    for (const expr of expressions()) {
      for (const { name, labels } of selected(expr)) {
        if (FOREIGN.test(name) || (version.startsWith('3.5.') && SINCE_3_6.includes(name))) continue;
        const own = labels.filter((label) => !TARGET.includes(label));
        const found = told.get(name);
        expect(found, `${name} in ${expr}`).toBeDefined();
        expect(
          found?.some((has) => own.every((label) => has.has(label))),
          `${own} of ${name} in ${expr}`,
        ).toBe(true);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(40);
    const corrupt = samples.find((line) => line.startsWith('etcd_server_healthcheck{name="data_corruption"'));
    expect(corrupt).toMatch(/type="readyz"\} 1$/);
    const has = (label: string, name: string) => told.get(name)?.some((labels) => labels.has(label));
    expect(has('To', 'etcd_network_peer_round_trip_time_seconds_bucket')).toBe(true);
    if (!version.startsWith('3.5.')) {
      expect(samples).toContain(
        `etcd_debugging_server_alarms{alarm_type="NOSPACE",server_id="${memberId.toString(16)}"} 1`,
      );
    }
  }, 120_000);
});
