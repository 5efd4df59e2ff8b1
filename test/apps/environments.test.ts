import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { dev } from '../../apps/environments/dev';
import type { PlatformEnvironment } from '../../apps/environments/platform-environment';
import { prod } from '../../apps/environments/prod';
import { staging } from '../../apps/environments/staging';
import { platform } from '../../apps/main';
import { Environment, validateApp, ZooKeeperCluster } from '../../lib';
import { schemaProblems } from '../support/kubernetes-schema';
import { restrictedProblems } from '../support/pod-security';
import { podOf, type Rendered, rendered } from '../support/rendering';

const DIST = join(__dirname, '../../dist');
const environments: [string, PlatformEnvironment][] = [dev, staging, prod].map((one) => [
  one.environment.name,
  one,
]);

let outdir: string;
let before: string | undefined;
beforeAll(() => {
  outdir = mkdtempSync(join(tmpdir(), 'environments-'));
  before = process.env.CDK8S_OUTDIR;
  process.env.CDK8S_OUTDIR = outdir;
});
afterAll(() => {
  if (before === undefined) delete process.env.CDK8S_OUTDIR;
  else process.env.CDK8S_OUTDIR = before;
  rmSync(outdir, { recursive: true });
});

/** Text of every file below a directory. */
function filesOf(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  );
}

/** Renders an environment to files, as `npm run synth` does. */
function synthesize(environment: PlatformEnvironment): Record<string, string> {
  platform(environment).synth();
  return filesOf(join(outdir, environment.environment.name));
}

interface Container {
  readonly name: string;
  readonly resources?: { requests?: { memory?: string }; limits?: { memory?: string } };
  readonly livenessProbe?: object;
  readonly readinessProbe?: object;
}

function containersOf(object: Rendered): Container[] {
  const { initContainers = [], containers = [] } = podOf(object)?.spec ?? {};
  return [...initContainers, ...containers];
}

const named = ({ kind, metadata }: Rendered, detail = '') => `${kind} ${metadata.name} ${detail}`.trim();

describe.each(environments)('%s', (name, environment) => {
  let files: Record<string, string>;
  let objects: Rendered[];
  beforeAll(() => {
    files = synthesize(environment);
    objects = Object.values(files).flatMap((text) =>
      parseAllDocuments(text).map((document) => document.toJS() as Rendered),
    );
  });
  const withPods = () => objects.filter((object) => podOf(object));
  const servers = () => objects.filter(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment');

  it('has a file for each stack', () => {
    expect(Object.keys(files)).toEqual([
      'base.yaml',
      'coordination.yaml',
      'messaging.yaml',
      'orders.yaml',
      'payments.yaml',
      'registry.yaml',
      'shop.yaml',
      'storefront.yaml',
    ]);
    expect(withPods().length).toBeGreaterThanOrEqual(3);
  });

  it('has no problems', () => {
    expect(validateApp(platform(environment))).toEqual([]);
  });

  it('is what the API server takes', () => {
    expect(objects.flatMap(schemaProblems)).toEqual([]);
  });

  it('is what a restricted namespace takes', () => {
    expect(objects.flatMap(restrictedProblems)).toEqual([]);
  });

  it('holds no Secret', () => {
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(objects.flatMap((one) => ('stringData' in one ? [named(one)] : []))).toEqual([]);
  });

  it('requests the memory that it limits, in every container', () => {
    const memory = withPods().flatMap((object) =>
      containersOf(object).map(({ name: container, resources }) => [
        named(object, container),
        resources?.requests?.memory,
        resources?.limits?.memory,
      ]),
    );
    expect(memory.filter(([, request, limit]) => request === undefined || request !== limit)).toEqual([]);
  });

  it('lets drains take pods that are not ready', () => {
    const budgets = objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
    expect(budgets.length).toBeGreaterThan(0);
    for (const budget of budgets)
      expect(['AlwaysAllow', 'IfHealthyBudget'], named(budget)).toContain(
        budget.spec.unhealthyPodEvictionPolicy,
      );
  });

  it('closes every pod to the network, those of Jobs too', () => {
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
    const closed = (object: Rendered, type: string) =>
      policies.some(({ metadata, spec }) => {
        const labels = podOf(object).metadata.labels;
        const selected = Object.entries(spec.podSelector.matchLabels ?? {}).every(
          ([key, value]) => labels[key] === value,
        );
        return (
          metadata.namespace === object.metadata.namespace && spec.policyTypes.includes(type) && selected
        );
      });
    for (const type of ['Ingress', 'Egress']) {
      expect(
        withPods()
          .filter((object) => !closed(object, type))
          .map((object) => named(object, type)),
      ).toEqual([]);
    }
  });

  it('asks servers two different questions: are you alive, are you ready', () => {
    // A server of Kafka opens its port once it serves, and answers no other question without a JVM of its own.
    const asked = servers().filter(({ metadata }) => !/^kafka-(broker|controller)/.test(metadata.name));
    for (const object of asked) {
      for (const { name: container, livenessProbe, readinessProbe } of podOf(object).spec
        .containers as Container[]) {
        const question = ({
          periodSeconds: _,
          failureThreshold: __,
          timeoutSeconds: ___,
          initialDelaySeconds: ____,
          ...handler
        }: Record<string, unknown>) => handler;
        expect(livenessProbe, named(object, container)).toBeDefined();
        // An exporter beside a server has no say in whether that is ready.
        if (container === 'exporter') continue;
        expect(readinessProbe, named(object, container)).toBeDefined();
        expect(question(livenessProbe as Record<string, unknown>)).not.toEqual(
          question(readinessProbe as Record<string, unknown>),
        );
      }
    }
  });

  it('does not put all members of a set onto one node or into one zone', () => {
    for (const object of objects.filter(({ kind }) => kind === 'StatefulSet')) {
      const { affinity, topologySpreadConstraints = [] } = podOf(object).spec;
      expect(affinity?.podAntiAffinity ?? topologySpreadConstraints[0], named(object)).toBeDefined();
    }
  });

  it('mounts no token but where a program needs it, and never lets services into variables', () => {
    const tokens = withPods().filter((object) => podOf(object).spec.automountServiceAccountToken !== false);
    for (const object of tokens) expect(named(object)).toMatch(/^(Job .*-secrets-|Deployment .*-steward$)/);
    for (const object of withPods()) expect(podOf(object).spec.enableServiceLinks, named(object)).toBe(false);
  });

  it('is the same, byte for byte, when rendered again', () => {
    expect(synthesize(environment)).toEqual(files);
  });

  it('renders the ensemble the same wherever it lies in the tree', () => {
    const at = (chartId: string, ...deeper: string[]) => {
      const app = new App();
      Environment.attach(app, environment.environment);
      const chart = new Chart(app, chartId, { namespace: 'coordination' });
      const scope = deeper.reduce((parent: Construct, id) => new Construct(parent, id), chart);
      new ZooKeeperCluster(scope, 'zookeeper', environment.coordination);
      return new Map(rendered(chart).map((object) => [named(object), object]));
    };
    expect(at('renamed', 'a', 'b')).toEqual(at('coordination'));
  });

  it('has every object named by us, not by a hash of its path', () => {
    const all = platform(environment)
      .node.findAll()
      .filter((one): one is ApiObject => ApiObject.isApiObject(one));
    const generated = all.filter(({ name: given, node }) => given.endsWith(node.addr.slice(0, 8)));
    // Those that cdk8s-plus makes for `connections`: recreating one loses nothing.
    expect([...new Set(generated.map(({ kind }) => kind))]).toEqual(['NetworkPolicy']);
  });

  it('is what is committed below dist; else run "npm run prepare && npm run synth"', () => {
    const committed = filesOf(join(DIST, name));
    expect(Object.keys(files)).toEqual(Object.keys(committed));
    for (const [file, text] of Object.entries(files))
      expect(firstDifference(text, committed[file]), `${name}/${file}`).toBe('none');
  });
});

/** A word on the first line that differs: the texts themselves are too long for a message. */
function firstDifference(text: string, other: string): string {
  const [a, b] = [text.split('\n'), other.split('\n')];
  const line = a.findIndex((content, index) => content !== b[index]);
  if (line < 0 && a.length === b.length) return 'none';
  return `line ${line + 1}: rendered ${JSON.stringify(a[line])}, committed ${JSON.stringify(b[line])}`;
}
