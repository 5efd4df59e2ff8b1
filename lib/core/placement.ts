import type { k8s } from 'cdk8s-plus-27';
import type { Environment } from './environment';
import type { Finding } from './problem';

/** Where members run. */
export interface PlacementProps {
  /** What failure members are spread over. @default 'zone' */
  readonly spread?: 'zone' | 'host' | 'none';
  /** Whether two members may share a node. @default - 'required' in production, 'preferred' in development */
  readonly hostAntiAffinity?: 'required' | 'preferred' | 'none';
  /** Only nodes with the environment's SSD labels. @default false */
  readonly ssd?: boolean;
  /** Only the environment's dedicated nodes, tolerating their taints. @default false */
  readonly dedicated?: boolean;
  /** More node labels to demand. @default - none */
  readonly nodeSelector?: Record<string, string>;
  /** More tolerations. @default - none */
  readonly tolerations?: readonly k8s.Toleration[];
  /** PriorityClass of the pods. @default - the cluster's default priority */
  readonly priorityClassName?: string;
}

/** What is wrong with a placement of `voters` voting members. */
export function checkPlacement(environment: Environment, props: PlacementProps, voters: number): Finding[] {
  const findings: Finding[] = [];
  const zones = environment.props.zones;
  const spread = props.spread ?? 'zone';
  if (environment.isProduction && spread === 'zone' && zones?.length && voters >= 3 && zones.length < 3) {
    findings.push({
      code: 'core/zones',
      message:
        `${voters} voters need 3 zones for one to be lost safely, the environment "${environment.name}" has ${zones.length} ` +
        `(${zones.join(', ')}); add a zone or set placement.spread to 'host'`,
    });
  }
  if (props.ssd && !environment.props.ssdNodeLabels) {
    findings.push({
      code: 'core/placement',
      message: `placement.ssd: the environment "${environment.name}" has no ssdNodeLabels; set them, or use nodeSelector`,
    });
  }
  if (props.dedicated && !environment.props.dedicatedNodes) {
    findings.push({
      code: 'core/placement',
      message: `placement.dedicated: the environment "${environment.name}" has no dedicatedNodes; set them, or use nodeSelector and tolerations`,
    });
  }
  return findings;
}

/** The scheduling fields of a pod spec whose pods carry `labels`. */
export function renderPlacement(
  environment: Environment,
  props: PlacementProps,
  labels: Record<string, string>,
): Pick<
  k8s.PodSpec,
  'affinity' | 'topologySpreadConstraints' | 'nodeSelector' | 'tolerations' | 'priorityClassName'
> {
  const { dedicatedNodes, ssdNodeLabels, zones } = environment.props;
  const dedicated = props.dedicated ? dedicatedNodes : undefined;
  const nodeSelector = {
    ...dedicated?.labels,
    ...(props.ssd ? ssdNodeLabels : undefined),
    ...props.nodeSelector,
  };
  const tolerations = [
    ...(dedicated?.taints ?? []).map((taint) => ({
      key: taint.key,
      operator: taint.value === undefined ? 'Exists' : 'Equal',
      value: taint.value,
      effect: taint.effect ?? 'NoSchedule',
    })),
    ...(props.tolerations ?? []),
  ];
  const spread = props.spread ?? 'zone';
  return {
    affinity: antiAffinity(
      props.hostAntiAffinity ?? (environment.isProduction ? 'required' : 'preferred'),
      labels,
    ),
    topologySpreadConstraints:
      spread === 'zone'
        ? [
            {
              topologyKey: 'topology.kubernetes.io/zone',
              maxSkew: 1,
              // Where the zones are not known, a hard rule could leave members without a node.
              whenUnsatisfiable:
                environment.isProduction && zones?.length ? 'DoNotSchedule' : 'ScheduleAnyway',
              labelSelector: { matchLabels: labels },
            },
          ]
        : undefined,
    nodeSelector: Object.keys(nodeSelector).length > 0 ? nodeSelector : undefined,
    tolerations: tolerations.length > 0 ? tolerations : undefined,
    priorityClassName: props.priorityClassName,
  };
}

function antiAffinity(
  kind: 'required' | 'preferred' | 'none',
  labels: Record<string, string>,
): k8s.Affinity | undefined {
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } };
  if (kind === 'required')
    return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  if (kind === 'none') return undefined;
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
    },
  };
}
