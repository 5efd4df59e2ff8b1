import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { Environment } from './environment';

/** An alert of Prometheus. */
export interface Alert {
  readonly alert: string;
  /** PromQL expression. */
  readonly expr: string;
  /** How long it must hold, such as `5m`. */
  readonly for: string;
  readonly severity: 'warning' | 'critical';
  readonly summary: string;
  readonly description: string;
}

/** Selects metrics of a cluster by the labels that Prometheus finds its pods by; `matcher` is of further labels. */
export function selecting(cluster: {
  readonly name: string;
  readonly namespace: string;
}): (metric: string, matcher?: string) => string {
  const { name, namespace } = cluster;
  const labels = `namespace="${namespace}",cdk8s_stateful_cluster="${name}"`;
  return (metric, matcher) => `${metric}{${labels}${matcher ? `,${matcher}` : ''}}`;
}

/** What is scraped and alerted on. */
export interface MonitoringOptions {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly selector: Record<string, string>;
  /** Name of the container port. */
  readonly port: string;
  /** @default - none */
  readonly alerts?: readonly Alert[];
}

/**
 * A PodMonitor, and a PrometheusRule for alerts, where the environment has the Prometheus operator; nothing elsewhere.
 * https://prometheus-operator.dev/docs/api-reference/api/
 */
export function monitoring(scope: Construct, options: MonitoringOptions): void {
  if (Environment.of(scope).props.monitoring !== 'prometheus-operator') return;
  const metadata = { name: options.name, labels: options.labels };
  new ApiObject(scope, 'pod-monitor', {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata,
    spec: {
      selector: { matchLabels: options.selector },
      podTargetLabels: Object.keys(options.selector),
      podMetricsEndpoints: [{ port: options.port, path: '/metrics', interval: '30s' }],
    },
  });
  if (options.alerts) alertRules(scope, { ...options, alerts: options.alerts });
}

/** A PrometheusRule, where the environment has the Prometheus operator. */
export function alertRules(
  scope: Construct,
  options: Pick<MonitoringOptions, 'name' | 'labels'> & { readonly alerts: readonly Alert[] },
): void {
  if (Environment.of(scope).props.monitoring !== 'prometheus-operator') return;
  const metadata = { name: options.name, labels: options.labels };
  new ApiObject(scope, 'rules', {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata,
    spec: {
      groups: [
        {
          name: options.name,
          rules: options.alerts.map(({ alert, expr, for: duration, severity, summary, description }) => ({
            alert,
            expr,
            for: duration,
            labels: { severity },
            annotations: { summary, description },
          })),
        },
      ],
    },
  });
}
