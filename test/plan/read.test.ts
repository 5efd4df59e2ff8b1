import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planExitCode } from '../../lib/plan/exit';
import { places } from '../../lib/plan/places';
import { readDirectory } from '../../lib/plan/read/directory';
import { asApplied, wasApplied } from '../../lib/plan/read/live';
import { hideSecret } from '../../lib/plan/read/secret';
import { readManifests } from '../../lib/plan/read/yaml';
import { readSources } from '../../lib/plan/sources';
import type { Effect, Manifest } from '../../lib/plan/types';

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plan-read-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Writes files below a new directory and gives its path. */
function files(name: string, texts: Record<string, string>): string {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(scratch, name, path)), { recursive: true });
    writeFileSync(join(scratch, name, path), text);
  }
  return join(scratch, name);
}

const configMap = (name: string, namespace = 'shop', data = 'a: b'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: ${namespace} }\ndata: { ${data} }\n`;

describe('YAML', () => {
  const value = (text: string): unknown =>
    readManifests(`apiVersion: v1\nkind: A\nmetadata: {name: a}\nvalue: ${text}\n`, 'a.yaml').manifests[0]
      .value;

  test.each([
    ['0644', 420],
    ['0o17', 15],
    ['y', true],
    ['089', 89],
    ['on', true],
    ['no', false],
    ['1e3', 1000],
    ['"0644"', '0644'],
    // of YAML 1.1, but not of what kubectl uses
    ['12:30', '12:30'],
    ['12:30:15.5', '12:30:15.5'],
    ['2026-01-31', '2026-01-31'],
  ])('%s is read as kubectl does', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test('documents and the items of lists are objects; empty ones and separators in block scalars are not', () => {
    const text = [
      '# only a comment\n---\n',
      '--- # of the first\n',
      configMap('a'),
      '---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: B, metadata: {name: b}}\n',
      '- {apiVersion: v1, kind: C, metadata: {generateName: c-}}\n---\n',
      'apiVersion: v1\nkind: D\nmetadata: {name: d}\ntext: |\n  ---\n  more\n',
    ].join('');
    const { manifests, others } = readManifests(text, 'a.yaml');
    expect(manifests.map(({ kind }) => kind)).toEqual(['ConfigMap', 'B', 'C', 'D']);
    expect(manifests[3].text).toBe('---\nmore\n');
    expect(others).toEqual([]);
  });

  test('JSON and anchors', () => {
    expect(
      readManifests('{"apiVersion":"v1","kind":"A","metadata":{"name":"a"}}', 'a.json').manifests,
    ).toEqual([{ apiVersion: 'v1', kind: 'A', metadata: { name: 'a' } }]);
    expect(value('{ p: &p { a: 1 }, q: { <<: *p, b: 2 } }')).toEqual({ p: { a: 1 }, q: { a: 1, b: 2 } });
  });

  test('metadata with nothing behind a name is none', () => {
    expect(
      readManifests('apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  annotations:\n', 'a.yaml').manifests,
    ).toEqual([{ apiVersion: 'v1', kind: 'A', metadata: { name: 'a' } }]);
  });

  test('what is no object is told with its line', () => {
    const text = `${configMap('a')}---\n\n\nreplicas: 3\n---\n- a\n---\napiVersion: v1\n---\n{apiVersion: v1, kind: A}\n`;
    const { manifests, others } = readManifests(text, 'prod/values.yaml');
    expect(manifests).toHaveLength(1);
    expect(others.map(({ place, why }) => `${place} ${why}`)).toEqual([
      'prod/values.yaml:8 has no apiVersion',
      'prod/values.yaml:10 is no map',
      'prod/values.yaml:12 has no kind',
      'prod/values.yaml:14 has no metadata.name',
    ]);
  });

  test('what cannot be parsed is an error with its line', () => {
    expect(() => readManifests(`${configMap('a')}---\nkind: A\n  b: c\n`, 'prod/a.yaml')).toThrow(
      /^prod\/a\.yaml:6: Nested mappings are not allowed in compact mappings$/,
    );
  });
});

test('values of Secrets are replaced by what tells only whether they are equal', () => {
  const secret = (fields: object): Manifest => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'a',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"geheim":1}', b: 'c' },
    },
    ...fields,
  });
  const encoded = hideSecret(secret({ data: { password: Buffer.from('geheim').toString('base64') } }));
  const plain = hideSecret(secret({ stringData: { password: 'geheim' } }));
  expect(plain).toEqual(encoded);
  expect(plain.metadata.annotations).toEqual({ b: 'c' });
  expect(JSON.stringify(plain)).not.toMatch(/geheim|Z2VoZWlt/);
  expect(hideSecret(secret({ stringData: { password: 'other' } })).data).not.toEqual(plain.data);
});

describe('a directory', () => {
  test('gives the manifests of all files below it, with the paths of the files as stacks', () => {
    const directory = files('dir', {
      'prod/shop.k8s.yaml': configMap('b'),
      'prod/base.yml': configMap('a'),
      'dev/shop.json': '{"apiVersion":"v1","kind":"A","metadata":{"name":"a"}}',
      'prod/notes.txt': 'kind: Nothing',
      'prod/construct-metadata.json': '{}',
      '.git/config.yaml': 'a: b',
      'node_modules/a/a.yaml': 'a: b',
      'kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
    });
    symlinkSync('base.yml', join(directory, 'prod/link.yaml'));
    const { name, objects, others } = readDirectory(directory);
    expect(name).toBe(directory);
    expect(
      objects.map(({ stack, manifest }) => `${stack} ${manifest.kind} ${manifest.metadata.name}`),
    ).toEqual(['dev/shop A a', 'prod/base ConfigMap a', 'prod/shop ConfigMap b']);
    expect(others.map(({ place, why }) => `${place} ${why}`)).toEqual([
      'kustomization.yaml:1 has no metadata.name',
      'prod/link.yaml is a symbolic link, which is not followed',
    ]);
  });

  test('may be one file', () => {
    const directory = files('single', { 'all.yaml': configMap('a') });
    expect(readDirectory(join(directory, 'all.yaml')).objects.map(({ stack }) => stack)).toEqual(['all']);
  });
});

describe('sources', () => {
  let repository: string;
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      encoding: 'utf8',
    });

  beforeAll(() => {
    repository = files('repository', {
      'deploy/dist/prod/shop.yaml': configMap('a', 'shop', 'size: "1"'),
      'deploy/dist/prod/ünïcode.yaml': configMap('b'),
      'deploy/dist/prod/notes.txt': 'nothing',
      'single.yaml': configMap('c'),
    });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'one');
    writeFileSync(join(repository, 'deploy/dist/prod/shop.yaml'), configMap('a', 'shop', 'size: "2"'));
    mkdirSync(join(repository, 'deploy/new'));
    writeFileSync(join(repository, 'deploy/new/shop.yaml'), configMap('a'));
  });

  const names = ({ objects }: { objects: readonly { stack?: string; manifest: Manifest }[] }): string[] =>
    objects.map(({ stack, manifest }) =>
      `${stack} ${manifest.metadata.name} ${manifest.data?.size ?? ''}`.trim(),
    );

  test('a revision has the directory that is applied, at its place in the repository', async () => {
    const to = join(repository, 'deploy/dist');
    const { before, after } = await readSources({ to });
    expect(before.name).toBe(`HEAD:${to}`);
    expect(names(before)).toEqual(['prod/shop a 1', 'prod/ünïcode b']);
    expect(names(after)).toEqual(['prod/shop a 2', 'prod/ünïcode b']);
  });

  test('a revision can name a path, a file as well', async () => {
    const to = join(repository, 'deploy/dist/prod');
    expect(names((await readSources({ from: 'main:deploy/dist/prod', to })).before)).toEqual([
      'shop a 1',
      'ünïcode b',
    ]);
    expect(names((await readSources({ from: 'main:single.yaml', to })).before)).toEqual(['single c']);
  });

  test('a directory that the revision does not have yet is all new, and that is said', async () => {
    const to = join(repository, 'deploy/new');
    const { before } = await readSources({ to });
    expect(before.objects).toEqual([]);
    expect(before.unread).toEqual([`there is no HEAD:${to}: all is taken as new`]);
  });

  test.each([
    [
      { from: 'nowhere' },
      '--from nowhere: there is neither such a directory nor such a git revision; in a shallow clone, fetch it first',
    ],
    [
      { from: '--output=x' },
      '--from --output=x: there is neither such a directory nor such a git revision; in a shallow clone, fetch it first',
    ],
    [{ to: 'cluster' }, '--to cluster: a cluster can only be what is there now; say --from cluster'],
    [{ context: 'prod' }, '--context tells which cluster is read: say --from cluster as well'],
    [{ from: '-', to: '-' }, 'only one of --from and --to can be the standard input'],
  ])('%j is refused', async (sources, message) => {
    await expect(readSources({ to: join(repository, 'deploy/dist'), ...sources })).rejects.toThrow(message);
  });

  test('nothing to apply is refused', async () => {
    const to = files('empty', { 'a.txt': '' });
    await expect(readSources({ from: repository, to })).rejects.toThrow(
      `--to ${to}: there are no manifests in ${to}; render them first`,
    );
  });

  test('of a directory of several environments, the one that a cluster is must be named', async () => {
    const to = files('two', { 'dev/a.yaml': configMap('a'), 'prod/a.yaml': configMap('a') });
    await expect(readSources({ from: 'cluster', to })).rejects.toThrow(
      `--to ${to}: the same objects are in dev, prod, which are different clusters; name the directory of the one that is ` +
        `read, such as --to ${to}/dev`,
    );
  });
});

describe('a cluster', () => {
  let path: string | undefined;

  /** A kubectl that answers from files and notes what it was asked. */
  function kubectl(answers: { counterparts?: string; ours?: string; stderr?: string }): string {
    const bin = files(`bin-${Math.random()}`, {
      counterparts: answers.counterparts ?? '',
      ours: answers.ours ?? '',
      stderr: answers.stderr ?? '',
      kubectl: `#!/bin/sh
cd "$(dirname "$0")"
echo "$@" >>calls
case "$*" in
  *'-f -'*) cat >input; cat counterparts; cat stderr >&2; ! [ -s stderr ] ;;
  *) cat ours ;;
esac
`,
    });
    chmodSync(join(bin, 'kubectl'), 0o755);
    process.env.PATH = `${bin}${delimiter}${path}`;
    return bin;
  }
  const list = (...items: object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const live = (name: string, fields: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', uid: '1', ...fields },
    data: { a: 'b' },
  });
  const applied = {
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"a":"b"}}' },
  };

  beforeAll(() => {
    path = process.env.PATH;
  });
  afterAll(() => {
    process.env.PATH = path;
  });

  test('is only asked for what it has, by the given context', async () => {
    const bin = kubectl({ counterparts: list(live('a')) });
    const to = files('asked', { 'a.yaml': `${configMap('a')}---\n${configMap('b')}` });
    const { before, after } = await readSources({ from: 'cluster', to, context: 'prod' });
    expect(before.name).toBe('the cluster of context prod');
    expect(before.objects).toEqual([
      {
        stack: 'a',
        manifest: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'a', namespace: 'shop' },
          data: { a: 'b' },
        },
      },
    ]);
    expect(after.objects).toHaveLength(2);
    const calls = readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n').sort();
    expect(calls).toEqual([
      'get -f - -o json --show-managed-fields --ignore-not-found --context prod',
      'get statefulsets.apps,deployments.apps,services,configmaps,persistentvolumeclaims,serviceaccounts,' +
        'poddisruptionbudgets.policy,networkpolicies.networking.k8s.io,cronjobs.batch -n shop ' +
        '-l cdk8s-stateful/cluster -o json --show-managed-fields --ignore-not-found --context prod',
    ]);
    expect(JSON.parse(readFileSync(join(bin, 'input'), 'utf8')).items[1]).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'b', namespace: 'shop' },
    });
  });

  test('what was applied of our clusters and is rendered no more is there; what programs made is not', async () => {
    kubectl({ ours: list(live('old', applied), live('status'), live('a', applied)) });
    const to = files('gone', { 'a.yaml': configMap('a') });
    const { before } = await readSources({ from: 'cluster', to });
    expect(before.objects.map(({ manifest }) => manifest.metadata.name)).toEqual(['old']);
  });

  test('an object without a namespace is the one of the current namespace', async () => {
    kubectl({ counterparts: JSON.stringify(live('a', applied)) });
    const to = files('current', { 'a.yaml': configMap('a').replace(', namespace: shop', '') });
    const { before } = await readSources({ from: 'cluster', to });
    expect(before.objects.map(({ manifest }) => manifest.metadata)).toEqual([{ name: 'a' }]);
  });

  test('what may not be read, and kinds that are not known there, are told and compared with nothing', async () => {
    kubectl({
      stderr: [
        'Warning: something is deprecated',
        'error: unable to recognize no matches for kind "Thing" in version "foo.example.com/v1"',
        'Error from server (Forbidden): configmaps "a" is forbidden: User "x" cannot get resource "configmaps" in API group "" in the namespace "shop"',
        'Error from server (Forbidden): networkpolicies.networking.k8s.io "n" is forbidden: User "x" cannot get resource',
        '',
      ].join('\n'),
    });
    const to = files('forbidden', {
      'a.yaml': [
        configMap('a'),
        configMap('b'),
        '{apiVersion: foo.example.com/v1, kind: Thing, metadata: {name: t}}\n',
        '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n}}\n',
      ].join('---\n'),
    });
    const { before, after } = await readSources({ from: 'cluster', to });
    expect(after.objects.map(({ manifest }) => manifest.metadata.name)).toEqual(['b']);
    expect(before.unread).toEqual([
      'the cluster does not know Thing of foo.example.com/v1: what is to become of it cannot be said',
      'configmaps shop/a may not be read: what is to become of it cannot be said',
      'networkpolicies.networking.k8s.io n may not be read: what is to become of it cannot be said',
    ]);
  });

  test('a server that is not reached is an error', async () => {
    kubectl({
      stderr:
        'The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?',
    });
    const to = files('unreached', { 'a.yaml': configMap('a') });
    await expect(readSources({ from: 'cluster', to })).rejects.toThrow(
      'kubectl could not read the cluster: The connection to the server 127.0.0.1:1 was refused - did you specify the ' +
        'right host or port?',
    );
  });

  test('kubectl that is missing is an error', async () => {
    process.env.PATH = files('no-kubectl', {});
    const to = files('missing', { 'a.yaml': configMap('a') });
    await expect(readSources({ from: 'cluster', to })).rejects.toThrow(
      'kubectl is not installed, or not in PATH',
    );
  });
});

describe('a live object', () => {
  const deployment = (spec: object, metadata: object = {}): Manifest => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec,
  });
  const lastApplied = (value: object): object => ({
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(value) },
  });
  const managed = (operation: string, fieldsV1: object): object => ({
    managedFields: [{ manager: 'argocd-controller', operation, fieldsType: 'FieldsV1', fieldsV1 }],
  });

  test('loses what applying does not touch', () => {
    const live = deployment(
      {
        replicas: 3,
        progressDeadlineSeconds: 600,
        template: {
          spec: {
            containers: [
              { name: 'sidecar', image: 'injected' },
              {
                name: 'web',
                image: 'web:1',
                imagePullPolicy: 'Always',
                ports: [{ containerPort: 80, protocol: 'TCP' }],
              },
            ],
            dnsPolicy: 'ClusterFirst',
          },
        },
      },
      {
        uid: '1',
        generation: 4,
        labels: { team: 'a', injected: 'b' },
        ...lastApplied({ spec: { template: {} } }),
      },
    );
    const wanted = deployment(
      {
        template: { spec: { containers: [{ name: 'web', image: 'web:2', ports: [{ containerPort: 80 }] }] } },
      },
      { labels: { team: 'a' } },
    );
    expect(asApplied({ ...live, status: { replicas: 3 } }, wanted)).toEqual(
      deployment(
        {
          template: {
            spec: {
              containers: [{ name: 'web', image: 'web:1', ports: [{ containerPort: 80 }] }],
            },
          },
        },
        { labels: { team: 'a' } },
      ),
    );
  });

  test.each([
    ['client-side', lastApplied({ spec: { replicas: 5 } })],
    ['server-side', managed('Apply', { 'f:spec': { 'f:replicas': {} } })],
  ])('keeps what was applied %s and would be removed', (_, metadata) => {
    const live = deployment({ replicas: 5, paused: false, strategy: { type: 'Recreate' } }, metadata);
    expect(asApplied(live, deployment({ paused: true }))).toEqual(deployment({ replicas: 5, paused: false }));
  });

  test('what others than appliers wrote is theirs', () => {
    const live = deployment({ replicas: 5 }, managed('Update', { 'f:spec': { 'f:replicas': {} } }));
    expect(asApplied(live, deployment({}))).toEqual(deployment({}));
  });

  test('entries of lists are found by their keys in what was applied server-side', () => {
    const container = (name: string) => ({ name, image: `${name}:1`, imagePullPolicy: 'Always' });
    const live = deployment(
      { template: { spec: { containers: [container('web'), container('old'), container('injected')] } } },
      managed('Apply', {
        'f:spec': {
          'f:template': {
            'f:spec': { 'f:containers': { 'k:{"name":"old"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
          },
        },
      }),
    );
    const wanted = deployment({ template: { spec: { containers: [{ name: 'web', image: 'web:1' }] } } });
    expect(asApplied(live, wanted).spec.template.spec.containers).toEqual([
      { name: 'web', image: 'web:1' },
      { name: 'old', image: 'old:1' },
    ]);
  });

  test('what means nothing and is left out by the API server is no difference', () => {
    const wanted = deployment({
      template: { metadata: { labels: {}, annotations: null }, spec: { volumes: [] } },
    });
    expect(asApplied(deployment({ template: { metadata: {}, spec: {} } }), wanted)).toEqual(wanted);
    expect(asApplied(deployment({}), deployment({ paused: false, selector: {} }))).toEqual(deployment({}));
  });

  test('status is not compared', () => {
    const wanted = { ...deployment({}), status: {} };
    expect(asApplied({ ...deployment({}), status: { replicas: 1 } }, wanted)).toEqual(wanted);
  });

  test('was applied, unless a controller or a program made it', () => {
    expect(wasApplied(deployment({}, lastApplied({})))).toBe(true);
    expect(wasApplied(deployment({}, managed('Apply', {})))).toBe(true);
    expect(wasApplied(deployment({}, managed('Update', {})))).toBe(false);
    expect(wasApplied(deployment({}, { ...lastApplied({}), ownerReferences: [{}] }))).toBe(false);
  });
});

describe('places', () => {
  const rendering = (...stacks: string[]) => ({
    objects: stacks.map((text) => {
      const [stack, name] = text.split(' ');
      return { stack, manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } } };
    }),
  });

  test.each([
    ['directories of one cluster', ['a/x one', 'b/x two'], ['a/x two', 'b/x one'], ['']],
    ['the same object in two directories', ['dev/x one', 'prod/x one'], ['prod/x one'], ['dev', 'prod']],
    ['only after', ['prod/x one'], ['dev/x one', 'prod/x one'], ['dev', 'prod']],
    ['twice in one directory', ['dev/x one', 'dev/y one'], ['prod/x two'], ['']],
    ['files beside directories', ['x one', 'prod/x one'], [], ['', 'prod']],
  ])('%s', (_, before, after, names) => {
    expect(places(rendering(...before), rendering(...after)).map(({ name }) => name)).toEqual(names);
  });
});

test.each<[number, Partial<Effect>[]]>([
  [0, []],
  [0, [{ verdict: 'rolling-restart' }, { verdict: 'applied-live' }, { verdict: 'nothing' }]],
  [1, [{ verdict: 'applied-live', needsYes: true }]],
  [1, [{ verdict: 'outage' }]],
  [2, [{ verdict: 'outage' }, { verdict: 'refused' }]],
  [2, [{ verdict: 'data-lost' }]],
])('%i is the status of %j', (status, effects) => {
  const subjects = [{ name: 'a', effects: effects as Effect[] }];
  expect(planExitCode({ subjects, unknown: ['something'] })).toBe(status);
});
