import { ApiObject, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { Environment, keepAnnotations } from '../../lib';

/**
 * The namespaces. They are a stack of their own because deleting a namespace deletes the claims in it, which no other
 * stack does.
 */
export class BaseStack extends Chart {
  constructor(scope: Construct, namespaces: readonly string[]) {
    super(scope, 'base');
    for (const name of namespaces) {
      new ApiObject(
        this,
        name,
        k8s.KubeNamespace.manifest({
          metadata: {
            name,
            labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
            annotations: keepAnnotations(Environment.of(this)),
          },
        }),
      );
    }
  }
}
