import { Chart } from 'cdk8s';
import { Deployment, Namespaces, NetworkPolicyIpBlock, Pods } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { allowConsumer, peersOf } from '../../lib/core/network';
import { chartIn, rendered } from '../support/rendering';

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

describe('allowConsumer', () => {
  const provider = { name: 'zk', namespace: 'data', labels: { l: 'x' }, selector: { s: 'y' } };
  const block = (chart: Chart, id: string, cidr = '10.0.0.0/8') => NetworkPolicyIpBlock.ipv4(chart, id, cidr);

  it('is named after the consumer, within bounds, and selects the pods of the provider', () => {
    const made = (id: string) => {
      const chart = chartIn();
      allowConsumer(chart, provider, block(chart, id), [1]);
      return rendered(chart)[0];
    };
    expect(made('Office LAN').metadata.name).toMatch(/^zk-allow-office-lan-[0-9a-f]{5}$/);
    expect(made('x'.repeat(100)).metadata.name).toMatch(/^zk-allow-x{40}-[0-9a-f]{5}$/);
    expect(made('all').spec.podSelector).toEqual({ matchLabels: { s: 'y' } });
  });

  it('tells consumers apart that have the same id', () => {
    const chart = chartIn();
    const elsewhere = new Chart(chart.node.root, 'elsewhere');
    allowConsumer(chart, provider, block(chart, 'office'), [1]);
    allowConsumer(chart, provider, block(elsewhere, 'office', '10.0.0.0/9'), [1]);
    expect(new Set(rendered(chart).map(({ metadata }) => metadata.name)).size).toBe(2);
  });

  it('lets a consumer in once at each provider', () => {
    const chart = chartIn();
    const consumer = block(chart, 'office');
    for (const name of ['zk', 'zk', 'zk-outside']) allowConsumer(chart, { ...provider, name }, consumer, [1]);
    expect(rendered(chart).map(({ metadata }) => metadata.name.replace(/-[0-9a-f]{5}$/, ''))).toEqual([
      'zk-allow-office',
      'zk-outside-allow-office',
    ]);
  });
});
