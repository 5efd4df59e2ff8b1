import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { tcp } from './network';

/** The API server; its address differs from cluster to cluster, its ports hardly do. */
export const apiServerEgress: k8s.NetworkPolicyEgressRule = { ports: tcp(443, 6443) };

/** A service account of the program that `metadata` names, with these rights in its namespace and no other. */
export function account(
  scope: Construct,
  metadata: { readonly name: string; readonly labels: Record<string, string> },
  rules: k8s.PolicyRule[],
): void {
  const { name } = metadata;
  new ApiObject(
    scope,
    'account',
    k8s.KubeServiceAccount.manifest({ metadata, automountServiceAccountToken: false }),
  );
  new ApiObject(scope, 'role', k8s.KubeRole.manifest({ metadata, rules }));
  new ApiObject(
    scope,
    'binding',
    k8s.KubeRoleBinding.manifest({
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name }],
    }),
  );
}
