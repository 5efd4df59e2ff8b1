import type { Duration } from 'cdk8s';
import { serviceHost } from '../core/names';
import { bytesOf } from '../core/quantity';
import { clientScheme, type EtcdModel } from './etcd-model';
import { headlessName, PORTS, SECRETS } from './etcd-names';
import { ETCD_GATE_PATHS } from './gate/settings';

type Value = string | number | boolean | readonly string[] | undefined;
type Settings = Record<string, Value | Record<string, Value>>;

/**
 * etcd.yaml as all members have it; each one's gate adds the lines that are its own.
 * https://etcd.io/docs/v3.6/op-guide/configuration/
 */
export function etcdYaml(model: EtcdModel): string {
  const { 'feature-gates': _merged, ...given } = model.props.configuration ?? {};
  const placed = new Set<string>();
  const blocks = sections(model).map(([title, settings]) => {
    for (const key of Object.keys(settings)) placed.add(key);
    return block(
      title,
      Object.entries(settings).map(([key, value]) => [key, given[key] ?? value]),
    );
  });
  const further = Object.entries(given).filter(([key]) => !placed.has(key));
  return [...blocks, block('further', further.sort())].filter(Boolean).join('\n');
}

/** Sections of etcd.yaml, without what was given by `configuration`. */
function sections(model: EtcdModel): [string, Settings][] {
  const { line, compaction, tls, authentication, props } = model;
  return [
    [
      'members',
      {
        'heartbeat-interval': model.heartbeatInterval,
        'election-timeout': model.electionTimeout,
        'strict-reconfig-check': true,
        'max-learners': line.maxLearners > 1 ? line.maxLearners : undefined,
      },
    ],
    [
      'storage',
      {
        'data-dir': `${ETCD_GATE_PATHS.data}/data`,
        'wal-dir': model.wal && `${ETCD_GATE_PATHS.wal}/wal`,
        'quota-backend-bytes': bytesOf(model.quota),
        'auto-compaction-mode': compaction?.mode,
        'auto-compaction-retention':
          compaction?.mode === 'periodic'
            ? goDuration(compaction.retention)
            : compaction && String(compaction.retention),
      },
    ],
    [
      'addresses',
      {
        'listen-client-urls': `${clientScheme(model)}://0.0.0.0:${PORTS.client}`,
        'listen-peer-urls': `${tls.peers ? 'https' : 'http'}://0.0.0.0:${PORTS.peer}`,
        'listen-metrics-urls': `http://0.0.0.0:${PORTS.metrics}`,
      },
    ],
    [
      'TLS',
      {
        'client-transport-security': tls.clients && {
          'cert-file': `${SECRETS.tls}/tls.crt`,
          'key-file': `${SECRETS.tls}/tls.key`,
          // An authority alone makes etcd demand certificates.
          'trusted-ca-file': tls.clientAuthentication ? `${SECRETS.tls}/ca.crt` : undefined,
          'client-cert-auth': tls.clientAuthentication ? true : undefined,
        },
        'peer-transport-security': tls.peers && {
          'cert-file': `${SECRETS.peer}/tls.crt`,
          'key-file': `${SECRETS.peer}/tls.key`,
          'trusted-ca-file': `${SECRETS.peer}/ca.crt`,
          'client-cert-auth': true,
          // A client's certificate is of the same authority, and must not pass for a member's.
          'allowed-hostname': [serviceHost(model, headlessName(model))],
        },
      },
    ],
    [
      'authentication',
      {
        'auth-token':
          authentication &&
          `jwt,priv-key=${SECRETS.token}/password,sign-method=HS256,ttl=${goDuration(authentication.tokenLifetime)}`,
      },
    ],
    ['integrity', integrity(model)],
    ['log', { logger: 'zap', 'log-level': props.logLevel ?? 'info' }],
  ];
}

/** Members compare what they hold before they serve, and after each compaction. */
function integrity({ line, props }: EtcdModel): Settings {
  if (line.experimentalFlags) {
    return {
      'experimental-initial-corrupt-check': true,
      'experimental-compact-hash-check-enabled': true,
    };
  }
  const given = String(props.configuration?.['feature-gates'] ?? '');
  const gates = ['CompactHashCheck=true', 'InitialCorruptCheck=true', ...given.split(',').filter(Boolean)];
  const byName = new Map(gates.map((gate) => gate.trim().split('=') as [string, string]));
  return { 'feature-gates': [...byName].map(([name, value]) => `${name}=${value}`).join(',') };
}

function block(title: string, settings: readonly (readonly [string, Settings[string]])[]): string {
  const lines = settings.flatMap(([key, value]) => entry(key, value));
  return lines.length > 0 ? [`# ${title}`, ...lines, ''].join('\n') : '';
}

function entry(key: string, value: Settings[string], indent = ''): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return [`${indent}${key}:`, ...value.map((one) => `${indent}  - ${scalar(one)}`)];
  if (typeof value === 'object') {
    const below = Object.entries(value).flatMap(([name, item]) => entry(name, item as Value, `${indent}  `));
    return [`${indent}${key}:`, ...below];
  }
  return [`${indent}${key}: ${scalar(value as string | number | boolean)}`];
}

/** A value in YAML, in quotes where it would be taken for something else without. */
function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  const plain = /^[A-Za-z/][\w./:=,@-]*$/.test(value) && !value.endsWith(':');
  return plain && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value) ? value : JSON.stringify(value);
}

/** A duration as Go writes it. */
export function goDuration(duration: Duration): string {
  const seconds = duration.toMilliseconds({ integral: false }) / 1000;
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
