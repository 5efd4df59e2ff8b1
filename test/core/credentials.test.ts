import { describe, expect, it } from 'vitest';
import { Credentials, Environment } from '../../lib';
import { type GeneratedSecret, SecretGenerator } from '../../lib/core/secret-generator';
import { chartIn, find, listing, podOf, rendered } from '../support/rendering';

const LABELS = { a: 'b' };
const STORE = { secretStore: { name: 'vault' } };

function bind(credentials: Credentials, environment = {}) {
  const chart = chartIn(environment);
  const generated: GeneratedSecret[] = [];
  const reference = credentials.bind(chart, 'credentials', {
    secretName: 'zk-super',
    username: 'super',
    labels: LABELS,
    generate: (secret) => generated.push(secret),
  });
  return { reference, generated, objects: rendered(chart) };
}

describe('Credentials.existing', () => {
  it('makes nothing and says where they are', () => {
    expect(bind(Credentials.existing('mine'))).toEqual({
      reference: { secretName: 'mine', usernameKey: 'username', passwordKey: 'password' },
      generated: [],
      objects: [],
    });
    expect(bind(Credentials.existing('mine', { username: 'u', password: 'p' })).reference).toEqual({
      secretName: 'mine',
      usernameKey: 'u',
      passwordKey: 'p',
    });
    expect(bind(Credentials.existing('mine', { password: 'p' })).reference).toEqual({
      secretName: 'mine',
      usernameKey: 'username',
      passwordKey: 'p',
    });
  });
});

describe('Credentials.external', () => {
  it('makes an ExternalSecret that maps remote properties to the usual keys', () => {
    const { reference, generated, objects } = bind(
      Credentials.external('backup/s3', { username: 'id', password: 'key' }),
      STORE,
    );
    expect(reference).toEqual({ secretName: 'zk-super', usernameKey: 'username', passwordKey: 'password' });
    expect(generated).toEqual([]);
    expect(objects).toEqual([
      {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: { name: 'zk-super', namespace: 'data', labels: LABELS },
        spec: {
          refreshInterval: '1h',
          secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' },
          target: { name: 'zk-super', creationPolicy: 'Owner' },
          data: [
            { secretKey: 'username', remoteRef: { key: 'backup/s3', property: 'id' } },
            { secretKey: 'password', remoteRef: { key: 'backup/s3', property: 'key' } },
          ],
        },
      },
    ]);
  });

  it('takes the kind of the store, and the usual properties', () => {
    const [object] = bind(Credentials.external('x'), {
      secretStore: { kind: 'SecretStore', name: 'local' },
    }).objects;
    expect(object.spec.secretStoreRef).toEqual({ kind: 'SecretStore', name: 'local' });
    expect(object.spec.data.map(({ remoteRef }: { remoteRef: object }) => remoteRef)).toEqual([
      { key: 'x', property: 'username' },
      { key: 'x', property: 'password' },
    ]);
  });

  it('fetches the password before, too, where it has a property', () => {
    const [object] = bind(Credentials.external('redis/shop', { previousPassword: 'old' }), STORE).objects;
    expect(object.spec.data).toEqual([
      { secretKey: 'username', remoteRef: { key: 'redis/shop', property: 'username' } },
      { secretKey: 'password', remoteRef: { key: 'redis/shop', property: 'password' } },
      { secretKey: 'previous-password', remoteRef: { key: 'redis/shop', property: 'old' } },
    ]);
  });

  it('needs a store', () => {
    const without = Environment.attach(chartIn(), { name: 'dev' });
    expect(Credentials.external('x').check('authentication.superUser', without)).toEqual([
      {
        code: 'core/credentials',
        message:
          'authentication.superUser: Credentials.external needs a store and the environment "dev" has no secretStore; ' +
          'set it, or use Credentials.existing or Credentials.generated',
      },
    ]);
    expect(Credentials.external('x').check('x', Environment.attach(chartIn(), STORE))).toEqual([]);
    expect(Credentials.existing('x').check('x', without)).toEqual([]);
    expect(Credentials.generated().check('x', without)).toEqual([]);
  });
});

describe('Credentials.generated', () => {
  it('asks for a Secret and makes no object itself', () => {
    expect(bind(Credentials.generated())).toEqual({
      reference: { secretName: 'zk-super', usernameKey: 'username', passwordKey: 'password' },
      generated: [{ name: 'zk-super', username: 'super' }],
      objects: [],
    });
    expect(bind(Credentials.generated({ username: 'admin' })).generated).toEqual([
      { name: 'zk-super', username: 'admin' },
    ]);
  });
});

describe('SecretGenerator', () => {
  function generator(...secrets: GeneratedSecret[]) {
    const chart = chartIn({ images: { registry: 'r.io', pullSecret: 'harbor' } });
    new SecretGenerator(chart, 'secrets', { system: 'zookeeper', cluster: 'zk', secrets });
    return rendered(chart);
  }
  const A = { name: 'zk-a', username: 'a' };
  const B = { name: 'zk-b', username: 'b' };
  const jobOf = (objects: ReturnType<typeof generator>) => objects.filter(({ kind }) => kind === 'Job')[0];

  it('is a Job with an account that may create Secrets and nothing else', () => {
    const objects = generator(A);
    expect(listing(objects)).toEqual([
      'ConfigMap zk-secrets',
      expect.stringMatching(/^Job zk-secrets-[0-9a-f]{10}$/),
      'NetworkPolicy zk-secrets',
      'Role zk-secrets',
      'RoleBinding zk-secrets',
      'ServiceAccount zk-secrets',
    ]);
    expect(find(objects, 'Role', 'zk-secrets')).toMatchObject({
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['create'] }],
    });
    expect(find(objects, 'RoleBinding', 'zk-secrets')).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'zk-secrets' },
      subjects: [{ kind: 'ServiceAccount', name: 'zk-secrets' }],
    });
  });

  it('lets its pod reach the API server only', () => {
    const objects = generator(A);
    const { podSelector, policyTypes, ingress, egress } = find(objects, 'NetworkPolicy', 'zk-secrets').spec;
    expect(podOf(jobOf(objects)).metadata.labels).toMatchObject(podSelector.matchLabels);
    expect({ policyTypes, ingress, egress }).toEqual({
      policyTypes: ['Ingress', 'Egress'],
      ingress: undefined,
      egress: [
        {
          ports: [
            { port: 443, protocol: 'TCP' },
            { port: 6443, protocol: 'TCP' },
          ],
        },
      ],
    });
  });

  it('tells the Job names and users, which are no secrets, and pulls as the environment does', () => {
    const job = jobOf(generator(B, A));
    const { containers, imagePullSecrets, serviceAccountName } = podOf(job).spec;
    expect(JSON.parse(containers[0].env[0].value)).toEqual([A, B]);
    expect(job.metadata).toMatchObject({ annotations: { 'cdk8s-stateful/creates-secret': 'zk-a,zk-b' } });
    expect({ image: containers[0].image, imagePullSecrets, serviceAccountName }).toEqual({
      image: 'r.io/library/node:22-bookworm-slim',
      imagePullSecrets: [{ name: 'harbor' }],
      serviceAccountName: 'zk-secrets',
    });
  });

  it('renames the Job, which cannot change, exactly when the Secrets change', () => {
    const name = (...secrets: GeneratedSecret[]) => jobOf(generator(...secrets)).metadata.name;
    expect(name(A, B)).toBe(name(B, A));
    expect(new Set([name(A), name(B), name(A, B), name({ ...A, username: 'x' })]).size).toBe(4);
  });

  it('takes further Secrets later, each once', () => {
    const chart = chartIn();
    const made = new SecretGenerator(chart, 'secrets', { system: 'zookeeper', cluster: 'zk', secrets: [B] });
    for (const secret of [A, B, A]) made.add(secret);
    const jobs = rendered(chart).filter(({ kind }) => kind === 'Job');
    const listed = ({ spec }: ReturnType<typeof jobOf>) => spec.template.spec.containers[0].env[0].value;
    expect(jobs.map(listed)).toEqual([listed(jobOf(generator(A, B)))]);
  });

  it('makes another Job of another image, since a Job cannot change', () => {
    const named = (image?: string) => {
      const chart = chartIn();
      new SecretGenerator(chart, 'secrets', { system: 'zookeeper', cluster: 'zk', secrets: [A], image });
      return jobOf(rendered(chart)).metadata.name;
    };
    expect(named('node:24')).not.toBe(named());
    expect(named()).toBe(named());
  });

  it('renders no Secret', () => {
    expect(generator(A, B).filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });
});
