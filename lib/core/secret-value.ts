import { EnvValue, Secret } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';

/** The value of a variable that is in a Secret; `scope` keeps one reference to each Secret, however often it is asked for. */
export function secretValue(scope: Construct, secretName: string, key: string): EnvValue {
  const id = `secret-${secretName}`;
  const found = scope.node.tryFindChild(id) as ReturnType<typeof Secret.fromSecretName> | undefined;
  return EnvValue.fromSecretValue({ secret: found ?? Secret.fromSecretName(scope, id, secretName), key });
}
