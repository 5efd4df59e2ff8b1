import { Chart } from 'cdk8s';
import { Deployment, Namespaces } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { Credentials } from '../../lib';
import { Consumer } from '../../lib/core/consumer';
import { chartIn, find, rendered } from '../support/rendering';

const LOGIN = { secretName: 'etcd-user-orders', usernameKey: 'username', passwordKey: 'password' };

/** A consumer in a namespace, of a cluster in `data`. */
function consumerIn(namespace: string) {
  const shop = new Chart(chartIn({ secretStore: { name: 'vault' } }).node.root, 'shop', { namespace });
  const app = new Deployment(shop, 'orders', { containers: [{ image: 'x' }] });
  return { shop, consumer: new Consumer(app, { system: 'etcd', name: 'etcd', namespace: 'data' }) };
}

describe('namespaces', () => {
  it('are those that are known by name', () => {
    expect(consumerIn('data').consumer).toMatchObject({ namespaces: ['data'], elsewhere: [] });
    expect(consumerIn('shop').consumer).toMatchObject({ namespaces: ['shop'], elsewhere: ['shop'] });
    const cluster = { system: 'etcd', name: 'etcd', namespace: 'data' };
    const chosen = Namespaces.select(chartIn(), 'team', { labels: { team: 'a' } });
    expect(new Consumer(chosen, cluster).namespaces).toEqual([]);
    const named = Namespaces.select(chartIn(), 'teams', { names: ['a', 'data'] });
    expect(new Consumer(named, cluster).elsewhere).toEqual(['a']);
  });
});

describe('bindLogin', () => {
  function bind(namespace: string, credentials: Credentials) {
    const { shop, consumer } = consumerIn(namespace);
    const problems: string[] = [];
    consumer.bindLogin('orders', credentials, LOGIN, (problem) => problems.push(problem));
    return { problems, objects: rendered(shop).filter(({ kind }) => kind !== 'Deployment') };
  }

  it('makes nothing in the namespace of the cluster', () => {
    expect(bind('data', Credentials.generated())).toEqual({ problems: [], objects: [] });
  });

  it('fetches the Secret, by the same name, where the consumer is', () => {
    const { problems, objects } = bind('shop', Credentials.external('orders'));
    expect(find(objects, 'ExternalSecret', 'etcd-user-orders').metadata.namespace).toBe('shop');
    expect(problems).toEqual([]);
  });

  it('reports a password that cannot be read there', () => {
    expect(bind('shop', Credentials.generated())).toEqual({
      problems: [
        'user "orders": its password is generated in the namespace "data", and orders is in "shop", where it cannot be read; give credentials: Credentials.external, which is fetched into both, or Credentials.existing with the name of a Secret that is in both',
      ],
      objects: [],
    });
  });
});
