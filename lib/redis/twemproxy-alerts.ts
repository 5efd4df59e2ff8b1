import type { Alert } from '../core/monitoring';
import type { TwemproxyModel } from './twemproxy-model';

/** Alerts on what the agents tell of their proxies. */
export function twemproxyAlerts({ name, namespace, use }: TwemproxyModel): Alert[] {
  const of = `namespace="${namespace}",proxy="${name}"`;
  const what = `Twemproxy ${namespace}/${name}`;
  return [
    {
      alert: 'TwemproxyShardDown',
      expr: `max by (shard) (twemproxy_shard_up{${of}}) < 1`,
      for: '2m',
      severity: 'critical',
      summary: `Shard {{ $labels.shard }} takes no writes through ${what}`,
      description:
        'Its keys can be neither written nor, if it is away, read; those of other shards can. The logs of the agent in each pod say how it answers, the status of its Redis why.',
    },
    {
      alert: 'TwemproxyShardUnreachable',
      expr: `min by (pod, shard) (twemproxy_shard_up{${of}}) < 1 and on (shard) max by (shard) (twemproxy_shard_up{${of}}) > 0`,
      for: '10m',
      severity: 'warning',
      summary: `{{ $labels.pod }} of ${what} does not reach shard {{ $labels.shard }}, and others do`,
      description:
        'Its agent has tried to have it connect anew, and says in its log how the shard answers. Delete the pod; if that does not help, look at the network of its node.',
    },
    {
      alert: 'TwemproxyDown',
      expr: `(sum(twemproxy_up{${of}}) or vector(0)) < 1`,
      for: '2m',
      severity: 'critical',
      summary: `No proxy of ${what} answers`,
      description:
        use === 'store'
          ? `Clients reach no shard. While keys are moved to another layout this lasts seconds; the log of the Job ${name}-reshard tells of it, that of the container "configure" in a pod why its proxy does not start.`
          : 'Clients reach no shard. The log of the container "configure" in a pod tells why its proxy does not start.',
    },
    {
      alert: 'TwemproxyTimeouts',
      expr: `sum by (shard) (rate(twemproxy_shard_timedout_total{${of}}[5m])) > 0.1`,
      for: '15m',
      severity: 'warning',
      summary: `Shard {{ $labels.shard }} of ${what} lets requests wait too long`,
      description:
        'Clients get errors for them. Look at the slow log of the shard, and at its CPU; commands over many keys and long scripts hold all others up.',
    },
    {
      alert: 'TwemproxyPasswordOutdated',
      expr: `max(twemproxy_password_outdated{${of}}) > 0`,
      for: '15m',
      severity: 'warning',
      summary: `${what} runs with another password than its Secret has`,
      description: `Proxies that start anew will have the new one, and clients with the old one will be refused by these. Restart clients and proxies together: kubectl rollout restart deployment/${name}.`,
    },
  ];
}
