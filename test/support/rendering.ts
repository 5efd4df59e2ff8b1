import { App, Chart, Size } from 'cdk8s';
import { Environment, type EnvironmentProps, ZooKeeperCluster, type ZooKeeperClusterProps } from '../../lib';
import { type Labels, type Manifest, podTemplateOf } from '../../lib/core/lint/manifest';
import { reportedProblems } from '../../lib/core/problem';

/** An app with one chart in namespace `data`, in an environment called `test`. */
export function chartIn(
  environment: EnvironmentProps = {},
  id = 'stack',
  namespace: string | undefined = 'data',
): Chart {
  const app = new App();
  Environment.attach(app, { name: 'test', ...environment });
  return new Chart(app, id, { namespace });
}

/** What the objects of a chart look like on the wire. */
export type Rendered = Manifest & {
  metadata: { name: string; labels: Labels };
  // biome-ignore lint/suspicious/noExplicitAny: tests walk through manifests of all kinds
  spec: any;
  data: Record<string, string>;
};

/** The objects of a chart. */
export function rendered(chart: Chart): Rendered[] {
  return chart.toJson();
}

/** Every text that a chart reports as a problem, `[code] message`. */
export function reported(chart: Chart): string[] {
  return reportedProblems(chart).map(({ code, message }) => `[${code}] ${message}`);
}

/** An ensemble that needs nothing else said. */
export const storage = { data: Size.gibibytes(10) };

/** An ensemble called `zk` in a chart of its own. */
export function ensemble(props: Partial<ZooKeeperClusterProps> = {}, environment: EnvironmentProps = {}) {
  const chart = chartIn(environment);
  const cluster = new ZooKeeperCluster(chart, 'zk', { storage, ...props });
  return {
    chart,
    cluster,
    problems: reported(chart),
    objects: () => rendered(chart),
    find: (kind: string, name: string) => find(rendered(chart), kind, name),
  };
}

/** The one object of a kind and a name. */
export function find(objects: readonly Rendered[], kind: string, name: string): Rendered {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  if (found.length !== 1) {
    const all = objects.map((object) => `${object.kind} ${object.metadata.name}`).join(', ');
    throw new Error(`${found.length} objects are ${kind} ${name}; there are: ${all}`);
  }
  return found[0];
}

/** `Kind name` of each object, sorted. */
export function listing(objects: readonly Rendered[]): string[] {
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
}

/** `Kind name` of an object. Jobs get another name whenever they change, since they cannot: `<hash>` stands for that. */
export function nameOf({ kind, metadata }: Rendered): string {
  return `${kind} ${metadata.name}`.replace(/^(Job .*-)[0-9a-f]{10}$/, '$1<hash>');
}

/** These of each object, sorted. */
export function namesOf(objects: readonly Rendered[]): string[] {
  return objects.map(nameOf).sort();
}

/** The pod template of an object. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export function podOf(object: Rendered): any {
  return podTemplateOf(object);
}
