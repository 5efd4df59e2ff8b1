import type { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cluster } from '../../lib/steward/cluster';
import { Kubernetes } from '../../lib/steward/kubernetes/client';
import type { StewardSettings } from '../../lib/steward/settings';
import { FakeApiServer } from './kubernetes/fake-api-server';

const SETS = '/apis/apps/v1/namespaces/test/statefulsets';
const CORE = '/api/v1/namespaces/test';
const MAPS = `${CORE}/configmaps`;
const CLAIMS = `${CORE}/persistentvolumeclaims`;
const LABELS = { app: 'zk', part: 'server' };
const SETTINGS: StewardSettings = {
  cluster: 'zk',
  sets: ['zk'],
  namespace: 'test',
  rendered: 'one',
  selector: LABELS,
  labels: { app: 'zk', part: 'steward' },
  members: [{ id: 1, part: 'voter' }],
  founders: [1],
  data: 'claims',
};
const SET_OWNER = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'zk', uid: 'set' };
const claimOwner = (id: number) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  name: `data-zk-${id}`,
  uid: `claim-${id}`,
});

/** What was written, with its body. */
const sent: [method: string, path: string, body: unknown][] = [];

class Recorded extends Kubernetes {
  override create<T>(path: string, body: unknown): Promise<T> {
    sent.push(['create', path, body]);
    return super.create(path, body);
  }

  override patch<T>(path: string, body: unknown): Promise<T> {
    sent.push(['patch', path, body]);
    return super.patch(path, body);
  }
}

let server: FakeApiServer;
const clusters: Cluster[] = [];

beforeEach(async () => {
  sent.length = 0;
  server = await FakeApiServer.start();
  server.put(SETS, named('zk', { uid: 'set' }));
});
afterEach(async () => {
  for (const cluster of clusters.splice(0)) cluster.close();
  await server.stop();
});

const named = (name: string, metadata: object = {}) => ({ metadata: { name, labels: LABELS, ...metadata } });
const claim = (id: number, metadata: object = {}) =>
  server.put(CLAIMS, named(`data-zk-${id}`, { uid: `claim-${id}`, ...metadata }));

function open(change: Partial<StewardSettings> = {}, onChange: () => void = () => undefined): Cluster {
  const kubernetes = new Recorded({ server: server.url });
  const cluster = new Cluster(
    kubernetes,
    { ...SETTINGS, ...change },
    { onChange, onTrouble: () => undefined },
  );
  clusters.push(cluster);
  return cluster;
}

describe('objects', () => {
  it('are the StatefulSet, its pods, and whether the cluster is marked', async () => {
    server.put(`${CORE}/pods`, named('zk-1'));
    server.put(`${CORE}/pods`, named('other-1', { labels: { app: 'other' } }));
    server.put(SETS, named('other'));
    const cluster = open();
    const { sets, pods, formed } = await cluster.objects(false);
    expect(sets.get('zk')?.metadata).toMatchObject({ name: 'zk', uid: 'set' });
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(['zk-1']);
    expect(formed).toBe(false);
    const lists = server.asked.filter(({ query }) => !query.has('watch') && query.size > 0);
    expect(lists.map(({ path, query }) => `${path}?${query}`).sort()).toEqual([
      `${CORE}/pods?labelSelector=app%3Dzk%2Cpart%3Dserver`,
      `${SETS}?fieldSelector=metadata.name%3Dzk`,
    ]);
    server.put(MAPS, named('zk-formed'));
    expect(await cluster.objects(false)).toMatchObject({ formed: true });
  });

  it('are followed, and only listed again where something depends on it', async () => {
    const onChange = vi.fn();
    const cluster = open({}, onChange);
    await cluster.objects(false);
    const lists = () =>
      server.asked.filter(({ path, query }) => !query.has('watch') && path !== `${MAPS}/zk-formed`);
    await expect.poll(() => server.watching).toBe(2);
    expect(lists()).toHaveLength(2);
    onChange.mockClear();
    server.put(`${CORE}/pods`, named('zk-1'));
    await expect.poll(() => onChange.mock.calls.length).toBe(1);
    expect((await cluster.objects(false)).pods).toHaveLength(1);
    expect(lists()).toHaveLength(2);
    server.silence();
    server.put(`${CORE}/pods`, named('zk-2'));
    expect((await cluster.objects(false)).pods).toHaveLength(1);
    expect((await cluster.objects(true)).pods).toHaveLength(2);
    expect(lists()).toHaveLength(4);
  });

  it('are none without a StatefulSet', async () => {
    server.delete(SETS, 'zk');
    expect(await open().objects(true)).toEqual({ sets: new Map(), pods: [], formed: false });
  });
});

describe('an action', () => {
  it('scales by the subresource', async () => {
    server.intercept = ({ path }, answer) => path.endsWith('/scale') && !!answer.end('{}');
    const cluster = open();
    const set = (await cluster.objects(true)).sets.get('zk');
    await cluster.scale('zk', 2);
    // Of the very version that was looked at: nobody's other number is overwritten unseen.
    const metadata = { resourceVersion: set?.metadata.resourceVersion };
    expect(metadata.resourceVersion).toBeDefined();
    expect(sent).toEqual([['patch', `${SETS}/zk/scale`, { metadata, spec: { replicas: 2 } }]]);
  });

  it.each([404, 409])(
    'takes a pod that has gone meanwhile for ended, as an answer of %s says',
    async (status) => {
      server.intercept = ({ path }, answer) =>
        path.endsWith('/eviction') && !!answer.writeHead(status).end('{"message":"gone"}');
      await expect(open().evict('zk-1', 'uid-1')).resolves.toBeUndefined();
    },
  );

  it('evicts this very pod', async () => {
    server.intercept = ({ path }, answer) => path.endsWith('/eviction') && !!answer.end('{}');
    await open().evict('zk-1', 'uid-1');
    const body = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'zk-1', namespace: 'test' },
      deleteOptions: { preconditions: { uid: 'uid-1' } },
    };
    expect(sent).toEqual([['create', `${CORE}/pods/zk-1/eviction`, body]]);
  });

  it('labels this very pod, and takes one that has gone for labelled', async () => {
    server.put(`${CORE}/pods`, named('zk-1', { uid: 'uid-1' }));
    await open().label('zk-1', 'uid-1', { role: 'master' });
    const body = { metadata: { uid: 'uid-1', labels: { role: 'master' } } };
    expect(sent).toEqual([['patch', `${CORE}/pods/zk-1`, body]]);
    expect(server.read(`${CORE}/pods`, 'zk-1')).toMatchObject({
      metadata: { labels: { ...LABELS, role: 'master' } },
    });
    await expect(open().label('zk-2', 'uid-2', { role: 'master' })).resolves.toBeUndefined();
    server.intercept = (_, answer) => {
      server.refuse(answer, 422, 'Invalid', 'metadata.uid: field is immutable');
      return true;
    };
    await expect(open().label('zk-1', 'uid-2', { role: 'master' })).resolves.toBeUndefined();
  });

  it('is refused in the words of the API server', async () => {
    const message = "Cannot evict pod as it would violate the pod's disruption budget.";
    server.intercept = (_, answer) => {
      server.refuse(answer, 429, 'TooManyRequests', message);
      return true;
    };
    await expect(open().evict('zk-1', 'uid-1')).rejects.toMatchObject({
      status: 429,
      message: expect.stringContaining(message),
    });
  });
});

describe('the mark of a formed cluster', () => {
  const mark = () => server.read<{ metadata: object; data: object }>(MAPS, 'zk-formed');

  it('is made once, and belongs to the StatefulSet and to all claims', async () => {
    claim(1);
    server.put(CLAIMS, named('data-other-1', { labels: { app: 'other' }, uid: 'other' }));
    const cluster = open();
    await cluster.objects(true);
    await cluster.keepFormed();
    expect(mark()).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'zk-formed', labels: SETTINGS.labels, ownerReferences: [SET_OWNER, claimOwner(1)] },
      data: { formed: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
    });
    await cluster.keepFormed();
    expect(sent).toHaveLength(1);
  });

  it('is mended when claims come and go, and keeps when it was made', async () => {
    claim(1);
    const cluster = open();
    await cluster.objects(true);
    await cluster.keepFormed();
    const { data } = mark() ?? {};
    claim(2);
    claim(1, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    await cluster.keepFormed();
    expect(mark()).toMatchObject({ metadata: { ownerReferences: [SET_OWNER, claimOwner(2)] }, data });
    expect(sent).toHaveLength(2);
    server.delete(SETS, 'zk');
    server.put(SETS, named('zk', { uid: 'set-2' }));
    await cluster.objects(true);
    await cluster.keepFormed();
    expect(mark()).toMatchObject({
      metadata: { ownerReferences: [{ ...SET_OWNER, uid: 'set-2' }, claimOwner(2)] },
    });
  });

  it('is not mended over what somebody else has changed at the same time', async () => {
    const cluster = open();
    await cluster.objects(true);
    await cluster.keepFormed();
    claim(1);
    server.intercept = ({ method }) => {
      if (method === 'PATCH')
        server.put(MAPS, { ...named('zk-formed'), ...{ data: { formed: 'by somebody' } } });
      return false;
    };
    await expect(cluster.keepFormed()).rejects.toMatchObject({ status: 409 });
  });

  it('may have been made by another steward just before', async () => {
    const cluster = open();
    await cluster.objects(true);
    server.intercept = ({ method }) => {
      if (method === 'POST') server.put(MAPS, named('zk-formed'));
      return false;
    };
    await cluster.keepFormed();
    expect(mark()).toMatchObject(named('zk-formed'));
  });

  it('belongs to nobody where the data outlives every claim', async () => {
    claim(1);
    const cluster = open({ data: 'shared' });
    await cluster.objects(true);
    await cluster.keepFormed();
    expect(mark()).toMatchObject({ metadata: { ownerReferences: [] } });
    await cluster.keepFormed();
    expect(sent).toHaveLength(1);
  });
});

describe('what is told', () => {
  const STATUS = { phase: 'Rolling', doing: 'restarts member 3', todo: 'nothing', members: 'MEMBER\n' };

  it('is a ConfigMap that goes with the StatefulSet', async () => {
    const cluster = open();
    await cluster.objects(true);
    await cluster.writeStatus(STATUS);
    expect(server.read(MAPS, 'zk-status')).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: 'zk-status', labels: SETTINGS.labels, ownerReferences: [SET_OWNER] },
      data: STATUS,
    });
    sent.length = 0;
    await cluster.writeStatus({ ...STATUS, phase: 'Settled' });
    expect(sent).toEqual([['patch', `${MAPS}/zk-status`, { data: { ...STATUS, phase: 'Settled' } }]]);
    expect(server.read(MAPS, 'zk-status')).toMatchObject({ data: { phase: 'Settled' } });
  });

  it('has what is known of keys beside it, which a status leaves as it is', async () => {
    const cluster = open();
    await cluster.objects(true);
    expect(await cluster.keysSince([])).toBeUndefined();
    expect(sent).toEqual([]);
    const certificate = (name: string) =>
      ({ raw: Buffer.from(name), validFrom: 'Jan  1 00:00:00 2024 GMT' }) as X509Certificate;
    expect(await cluster.keysSince([certificate('a')])).toEqual(new Date('2024-01-01'));
    expect(server.read(MAPS, 'zk-status')).toMatchObject({
      metadata: { ownerReferences: [SET_OWNER] },
      data: { keys: expect.stringMatching(/^since 2024-01-01T00:00:00.000Z, [0-9a-f]{64}$/) },
    });
    await cluster.writeStatus(STATUS);
    const before = Date.now();
    const since = await open().keysSince([certificate('a'), certificate('b')]);
    expect(since?.getTime()).toBeGreaterThanOrEqual(before);
    expect(await open().keysSince([certificate('b'), certificate('a')])).toEqual(since);
    expect(server.read(MAPS, 'zk-status')).toMatchObject({ data: STATUS });
  });

  it('is an error where it cannot be written', async () => {
    server.intercept = (_, answer) => {
      server.refuse(answer, 403, 'Forbidden', 'no');
      return true;
    };
    await expect(open().writeStatus(STATUS)).rejects.toMatchObject({ status: 403 });
  });

  it('is an event of the StatefulSet', async () => {
    const cluster = open();
    await cluster.objects(true);
    await cluster.event('Warning', 'Waiting', 'x'.repeat(2_000));
    expect(sent).toEqual([
      [
        'create',
        `${CORE}/events`,
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { generateName: 'zk.', namespace: 'test' },
          involvedObject: {
            apiVersion: 'apps/v1',
            kind: 'StatefulSet',
            namespace: 'test',
            name: 'zk',
            uid: 'set',
          },
          reason: 'Waiting',
          type: 'Warning',
          message: 'x'.repeat(1_000),
          source: { component: 'cdk8s-stateful-steward' },
          firstTimestamp: expect.any(String),
          lastTimestamp: expect.any(String),
          count: 1,
        },
      ],
    ]);
  });
});

it('a cluster that is closed watches nothing any more', async () => {
  const cluster = open();
  await cluster.objects(true);
  await expect.poll(() => server.watching).toBe(2);
  cluster.close();
  await expect.poll(() => server.watching).toBe(0);
  await expect(cluster.objects(false)).rejects.toThrow('is not watched any more');
});
