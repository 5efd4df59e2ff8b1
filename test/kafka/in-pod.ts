import type { KafkaConnection } from '../../lib/kafka/kafka-connection';

/**
 * Sets the variables of a connection in this process as a kubelet sets them in a container: first values of Secrets, by
 * the name of the variable, then references to variables before.
 */
export function inPod({ env }: KafkaConnection, secrets: Readonly<Record<string, string>>): void {
  for (const [name, { value }] of Object.entries(env)) {
    const text = String(value ?? secrets[name]);
    process.env[name] = text.replace(/\$\((\w+)\)/g, (_, other) => process.env[other] ?? '');
  }
}
