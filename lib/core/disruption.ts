import { k8s } from 'cdk8s-plus-27';

/**
 * How many members of a quorum a drain may take at once, leaving room for one unplanned failure where the size allows
 * it. Undefined where a budget could only block every drain: with fewer than three voters none can be spared.
 */
export function disruptionBudget(voters: number): number | undefined {
  if (voters < 3) return undefined;
  return Math.max(1, Math.floor((voters - 1) / 2) - 1);
}

/** The budget of a cluster's members, where it has one. */
export function budget(
  name: string,
  labels: Record<string, string>,
  selector: Record<string, string>,
  voters: number,
): k8s.KubePodDisruptionBudgetProps | undefined {
  const maxUnavailable = disruptionBudget(voters);
  if (maxUnavailable === undefined) return undefined;
  return {
    metadata: { name, labels },
    spec: {
      maxUnavailable: k8s.IntOrString.fromNumber(maxUnavailable),
      selector: { matchLabels: selector },
      // A member that is not ready protects nothing, and would block the drain that might mend it.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}
