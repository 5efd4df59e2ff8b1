import { Chart } from 'cdk8s';
import { Deployment, Namespaces, NetworkPolicyIpBlock, Pods } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { consumerPolicy, peersOf } from '../../lib/core/network';
import { chartIn } from '../support/rendering';

const NAME = 'kubernetes.io/metadata.name';

function deployment(namespace: string | undefined, metadata = {}) {
  const chart = namespace === 'data' ? chartIn() : new Chart(chartIn(), 'consumers', { namespace });
  return new Deployment(chart, 'orders', {
    metadata: { name: 'orders', ...metadata },
    containers: [{ image: 'x' }],
  });
}

describe('peersOf', () => {
  it.each(['data', 'shop'])(
    'names a Deployment in namespace %s by its pods and its namespace',
    (namespace) => {
      const consumer = deployment(namespace);
      const peer = {
        podSelector: { matchLabels: consumer.matchLabels },
        namespaceSelector: { matchLabels: { [NAME]: namespace } },
      };
      expect(peersOf(consumer, 'data')).toEqual([peer]);
      expect(Object.keys(consumer.matchLabels)).not.toEqual([]);
    },
  );

  it('looks for pods of another chart in the namespace of that chart', () => {
    const elsewhere = Pods.select(new Chart(chartIn(), 'consumers', { namespace: 'shop' }), 'pods', {
      labels: { app: 'x' },
    });
    expect(peersOf(elsewhere, 'data')).toEqual([
      { podSelector: { matchLabels: { app: 'x' } }, namespaceSelector: { matchLabels: { [NAME]: 'shop' } } },
    ]);
  });

  it("takes the Deployment's own namespace before its chart's", () => {
    const [peer] = peersOf(deployment('shop', { namespace: 'other' }), 'data');
    expect(peer.namespaceSelector).toEqual({ matchLabels: { [NAME]: 'other' } });
  });

  it('takes pods by labels, in the same namespace', () => {
    expect(peersOf(Pods.select(chartIn(), 'pods', { labels: { app: 'x' } }), 'data')).toEqual([
      { podSelector: { matchLabels: { app: 'x' } } },
    ]);
  });

  it('takes all pods of the same namespace', () => {
    expect(peersOf(Pods.all(chartIn(), 'all'), 'data')).toEqual([{ podSelector: {} }]);
  });

  it('takes pods of namespaces by name and by label', () => {
    const chart = chartIn();
    const labels = { app: 'x' };
    const named = Pods.select(chart, 'named', {
      labels,
      namespaces: Namespaces.select(chart, 'a', { names: ['one', 'two'] }),
    });
    expect(peersOf(named, 'data')).toEqual([
      { podSelector: { matchLabels: labels }, namespaceSelector: { matchLabels: { [NAME]: 'one' } } },
      { podSelector: { matchLabels: labels }, namespaceSelector: { matchLabels: { [NAME]: 'two' } } },
    ]);
    const labelled = Pods.select(chart, 'labelled', {
      labels,
      namespaces: Namespaces.select(chart, 'b', { labels: { team: 't' } }),
    });
    expect(peersOf(labelled, 'data')).toEqual([
      { podSelector: { matchLabels: labels }, namespaceSelector: { matchLabels: { team: 't' } } },
    ]);
    const anywhere = Pods.select(chart, 'anywhere', { labels, namespaces: Namespaces.all(chart, 'c') });
    expect(peersOf(anywhere, 'data')).toEqual([
      { podSelector: { matchLabels: labels }, namespaceSelector: {} },
    ]);
  });

  it('takes all pods of a namespace', () => {
    const chart = chartIn();
    expect(peersOf(Namespaces.select(chart, 'a', { names: ['one'] }), 'data')).toEqual([
      { namespaceSelector: { matchLabels: { [NAME]: 'one' } } },
    ]);
  });

  it('takes an IP block', () => {
    const block = NetworkPolicyIpBlock.ipv4(chartIn(), 'block', '10.0.0.0/8', ['10.1.0.0/16']);
    expect(peersOf(block, 'data')).toEqual([{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }]);
  });
});

describe('consumerPolicy', () => {
  const provider = { name: 'zk', namespace: 'data', labels: { l: 'x' }, selector: { s: 'y' } };

  it('is named after the consumer, within bounds, and selects the pods of the provider', () => {
    const name = (id: string) =>
      consumerPolicy(provider, NetworkPolicyIpBlock.anyIpv4(chartIn(), id), [1])?.policy.metadata?.name;
    expect(name('Office LAN')).toMatch(/^zk-allow-office-lan-[0-9a-f]{5}$/);
    expect(name('x'.repeat(100))).toMatch(/^zk-allow-x{40}-[0-9a-f]{5}$/);
    expect(
      consumerPolicy(provider, NetworkPolicyIpBlock.anyIpv4(chartIn(), 'all'), [1])?.policy.spec?.podSelector,
    ).toEqual({
      matchLabels: { s: 'y' },
    });
  });

  it('tells consumers apart that have the same id', () => {
    const hash = (cidr: string) =>
      consumerPolicy(provider, NetworkPolicyIpBlock.ipv4(chartIn(), 'office', cidr), [1])?.hash;
    expect(hash('10.0.0.0/8')).not.toBe(hash('10.0.0.0/9'));
  });
});
