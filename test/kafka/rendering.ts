import { Size } from 'cdk8s';
import { type EnvironmentProps, KafkaCluster, type KafkaClusterProps } from '../../lib';
import { chartIn, find, podOf, type Rendered, rendered, reported } from '../support/rendering';

/** A cluster called `kafka` in a chart of its own. */
export function kafka(props: Partial<KafkaClusterProps> = {}, environment: EnvironmentProps = {}) {
  const chart = chartIn(environment);
  const cluster = new KafkaCluster(chart, 'kafka', { storage: Size.gibibytes(10), ...props });
  return {
    chart,
    cluster,
    problems: reported(chart),
    objects: () => rendered(chart),
    find: (kind: string, name: string) => find(rendered(chart), kind, name),
  };
}

/** The StatefulSets by name. */
export function setsOf(objects: readonly Rendered[]): Map<string, Rendered> {
  const sets = objects.filter(({ kind }) => kind === 'StatefulSet');
  return new Map(sets.map((set) => [set.metadata.name, set]));
}

/** The variables of a container of a workload, by name. */
export function variables(object: Rendered, container: string): Record<string, string> {
  const { initContainers = [], containers } = podOf(object).spec;
  const all = [...initContainers, ...containers] as {
    name: string;
    env?: { name: string; value?: string }[];
  }[];
  const found = all.find(({ name }) => name === container);
  return Object.fromEntries((found?.env ?? []).map(({ name, value = '' }) => [name, value]));
}
