import { isIP } from 'node:net';
import type { Environment } from '../core/environment';
import type { Finding } from '../core/problem';
import { type KafkaListener, RESERVED_PORTS } from './kafka-listener-config';
import type { KafkaModel } from './kafka-model';

/** Names that the library's own listeners, Services and ports have. */
const RESERVED_NAMES = ['broker', 'controller', 'replication', 'gate', 'metrics', 'member', 'allow'];

type Found = (message: string) => void;

/** What is wrong with the listeners of clients. */
export function checkListeners(model: KafkaModel, environment: Environment): Finding[] {
  const findings: Finding[] = [];
  const found: Found = (message) => findings.push({ code: 'kafka/listeners', message });
  const { listeners } = model;
  if (listeners.length === 0)
    found('listeners: none, so that nobody can connect; give one, or leave listeners out');
  for (const listener of listeners) {
    checkName(listener, found);
    checkSecurity(listener, model, environment, found);
    if (listener.exposure.kind !== 'internal') checkExternal(listener, found);
  }
  for (const name of repeated(listeners.map((listener) => listener.name)))
    found(`listeners: two are called "${name}"; give each a name of its own`);
  for (const port of repeated(listeners.map((listener) => listener.port)))
    found(`listeners: two have port ${port}; give each a port of its own, or leave the ports out`);
  checkCollisions(listeners, found);
  for (const { authentication, name } of listeners) {
    if (authentication?.kind !== 'plain') continue;
    authentication.users.forEach((user, index) => {
      findings.push(...user.check(`listener "${name}": users[${index}]`, environment));
    });
  }
  return findings;
}

function checkName({ name, port }: KafkaListener, found: Found): void {
  if (!/^[a-z]([a-z0-9]|-(?=[a-z0-9])){0,14}$/.test(name))
    found(
      `listener "${name}": a name has at most 15 lower-case letters, digits and single "-", and begins with a letter`,
    );
  if (RESERVED_NAMES.includes(name))
    found(
      `listener "${name}": the name is one of the library's own (${RESERVED_NAMES.join(', ')}); choose another`,
    );
  if (RESERVED_PORTS.includes(port))
    found(
      `listener "${name}": port ${port} is one of the servers' own (${RESERVED_PORTS.join(', ')}); choose another`,
    );
  else if (!Number.isInteger(port) || port < 1024 || port > 65535)
    found(`listener "${name}": port ${port}; give a whole number from 1024 to 65535`);
}

function checkSecurity(
  { name, tls, authentication }: KafkaListener,
  { props }: KafkaModel,
  environment: Environment,
  found: Found,
): void {
  if (tls && !props.tls)
    found(
      `listener "${name}": tls is on, and the cluster has no certificate; give it tls, or leave tls out here`,
    );
  const kind = authentication?.kind;
  if (kind === 'mutual-tls' && !tls)
    found(`listener "${name}": Authentication.mutualTls is by certificates, which only TLS has; set tls`);
  if ((kind === 'plain' || kind === 'oauthbearer') && !tls && environment.isProduction) {
    const [method, what] =
      kind === 'plain' ? ['Authentication.plain', 'passwords'] : ['Authentication.oauthBearer', 'tokens'];
    found(
      `listener "${name}": ${method} without TLS in production lets everybody on the way read ${what}; give the cluster tls, or the environment "${environment.name}" durability: 'development'`,
    );
  }
  if (authentication?.kind === 'plain' && authentication.users.length === 0)
    found(`listener "${name}": Authentication.plain has no users, so that nobody can log in; list them`);
  if (authentication?.kind === 'oauthbearer') {
    const { jwksEndpoint } = authentication;
    if (!/^https?:\/\/[^\s,]+$/.test(jwksEndpoint))
      found(
        `listener "${name}": jwksEndpoint "${jwksEndpoint}" is not a URL; give one that begins with https://`,
      );
  }
}

function checkExternal({ name, exposure, advertised }: KafkaListener, found: Found): void {
  for (const [id, { host, port }] of Object.entries(advertised)) {
    if (
      isIP(host) === 0 &&
      !/^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(host)
    )
      found(
        `listener "${name}": host "${host}" of broker ${id} is neither a name nor an address; give one that clients can reach`,
      );
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      found(
        `listener "${name}": advertised port ${port} of broker ${id}; give a whole number from 1 to 65535`,
      );
  }
  if (exposure.kind === 'nodePort') {
    for (const id of Object.keys(advertised).map(Number)) {
      const port = exposure.nodePorts(id);
      if (!Number.isInteger(port) || port < 30000 || port > 32767)
        found(
          `listener "${name}": nodePort ${port} of broker ${id}; Kubernetes has those from 30000 to 32767`,
        );
    }
  }
  if (exposure.kind === 'loadBalancer') {
    for (const range of exposure.sourceRanges ?? []) {
      const [address, length = ''] = range.split('/');
      const most = isIP(address) === 6 ? 128 : 32;
      if (isIP(address) === 0 || !/^\d{1,3}$/.test(length) || Number(length) > most)
        found(
          `listener "${name}": sourceRanges has "${range}", which is not a range; write it as 10.0.0.0/8`,
        );
    }
  }
}

/** Two brokers, or two listeners, that clients would take for one. */
function checkCollisions(listeners: readonly KafkaListener[], found: Found): void {
  const external = listeners.filter(({ exposure }) => exposure.kind !== 'internal');
  const reached = external.flatMap(({ name, advertised }) =>
    Object.entries(advertised).map(([id, endpoint]) => ({
      who: `broker ${id} on "${name}"`,
      key: String(endpoint),
    })),
  );
  report(reached, (first, second, key) =>
    found(
      `listeners: ${first} and ${second} are both ${key} to clients; give each a host or a port of its own`,
    ),
  );
  const nodePorts = external.flatMap(({ name, exposure, advertised }) =>
    exposure.kind === 'nodePort'
      ? Object.keys(advertised).map((id) => ({
          who: `broker ${id} on "${name}"`,
          key: String(exposure.nodePorts(Number(id))),
        }))
      : [],
  );
  report(nodePorts, (first, second, key) =>
    found(`listeners: ${first} and ${second} have the same nodePort ${key}; give each its own`),
  );
}

function report(
  items: readonly { readonly who: string; readonly key: string }[],
  tell: (first: string, second: string, key: string) => void,
): void {
  const seen = new Map<string, string>();
  for (const { who, key } of items) {
    const first = seen.get(key);
    if (first !== undefined) tell(first, who, key);
    else seen.set(key, who);
  }
}

function repeated<T>(items: readonly T[]): T[] {
  return [...new Set(items.filter((item, index) => items.indexOf(item) !== index))];
}
