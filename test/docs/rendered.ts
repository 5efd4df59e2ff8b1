import { App, Chart } from 'cdk8s';
import { Environment, type EnvironmentProps } from '../../lib';
import type { MemberPod } from '../../lib/steward/facts';

/** An object as it is rendered. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: tests walk through manifests of all kinds
  readonly [key: string]: any;
}

/** Objects of a chart in production, in a namespace of its name. */
export function rendered(
  name: string,
  environment: EnvironmentProps,
  make: (chart: Chart) => unknown,
): Manifest[] {
  const app = new App();
  Environment.attach(app, { name: 'prod', ...environment });
  const chart = new Chart(app, name, { namespace: name });
  make(chart);
  return chart.toJson();
}

const OLD = '6d85b575fc';
const NEW = '7b7f666c44';

/** A pod of a set, in a zone of its own; `old` where it has yet to be restarted. */
export function podOf(name: string, set: string, zone: number, old = false): MemberPod {
  return {
    name,
    uid: `0000000${zone}-1111-4222-8333-444444444444`,
    revision: `${set}-${old ? OLD : NEW}`,
    outdated: old ? `it runs revision ${OLD}, and ${NEW} was applied` : undefined,
    ready: true,
    terminating: false,
    stalled: false,
    node: `node-${zone + 1}`,
    zone: `zone-${'abc'[zone]}`,
  };
}
