import type { k8s } from 'cdk8s-plus-27';

/** Pod security context that satisfies the Pod Security Standard "restricted". */
export function podSecurity(user: number, group = user): k8s.PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: group,
    fsGroup: group,
    // Re-owning every file of a large volume at each start takes minutes.
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** Container security context that satisfies "restricted", with a read-only root file system. */
export const containerSecurity: k8s.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** User of helpers; any but root would do. */
export const HELPER_USER = 1000;

/** What every pod of the library has in common. */
export const podBasics = {
  // Service variables collide with the settings that images read from their environment (KAFKA_PORT, NACOS_…).
  enableServiceLinks: false,
  automountServiceAccountToken: false,
} as const;
